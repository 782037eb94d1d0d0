/** Pictures for the panels of a story, in one style and with the same characters, and one picture made again. */
import pLimit from "p-limit";
import type { z } from "zod";
import type { imageRequest, imageSegment, imagesRequest } from "../../contract/operations.ts";
import type { StoryPart } from "../../contract/story.ts";
import { ApiError, badRequest } from "../shared/apiErrors.ts";
import { type ApiFunctionOptions, type Call, type Caller, handlersOf } from "../shared/apiHandler.ts";
import type { Guardrail } from "../shared/guardrail.ts";
import type { Picture, PictureMaker, Reference } from "../shared/pictures.ts";
import { byPrompts, fill, versionOf } from "../shared/prompts.ts";
import { DATA_RULE, quoteData } from "../shared/untrustedData.ts";
import { type ImagePrompts, prompts as ownPrompts } from "./prompts.ts";
import type { PictureStore } from "./store.ts";

export interface ImageOptions {
    maker: (signal: AbortSignal) => Promise<PictureMaker>;
    store: PictureStore;
    /** Checks the descriptions before the image service is called. Default: no guardrail. */
    guardrail?: Guardrail;
    /** Default: those of `prompts.ts`. */
    prompts?: ImagePrompts;
}

/** The options with the prompts and their version, which are the same for all calls. */
type ResolvedOptions = Omit<ImageOptions, "prompts"> & { prompts: ImagePrompts; version: string };

/** Pictures drawn in parallel. */
const CONCURRENCY = 4;
/** Pictures of one story. */
const MAX_PANELS = 30;

type Panel = z.output<typeof imageSegment>;

/** The handlers of the picture operations. */
export function imageHandlers({ prompts = ownPrompts, ...others }: ImageOptions): ApiFunctionOptions["handlers"] {
    const options: ResolvedOptions = { ...others, prompts, version: versionOf(prompts) };
    return handlersOf("image", {
        generateStoryImage: (body, caller, signal, call) =>
            byPrompts(options.version, () =>
                drawStory(options, body as z.output<typeof imagesRequest>, caller, signal, call),
            ),
        regenerateSegmentImage: (body, caller, signal, call) =>
            byPrompts(options.version, () =>
                drawAgain(options, body as z.output<typeof imageRequest>, caller, signal, call),
            ),
    });
}

/**
 * Draws a picture for each section. A call with an `Idempotency-Key` has keys of its own and stores each picture when it is
 * drawn: refused pictures may be missing, and a retry draws only the missing ones. Any other call stores all of its pictures,
 * in place of those of the job's earlier call, or none.
 */
async function drawStory(
    { maker: makerFor, store, guardrail, prompts, version }: ResolvedOptions,
    body: z.output<typeof imagesRequest>,
    caller: Caller,
    signal: AbortSignal,
    call: Call,
): Promise<Record<string, unknown>> {
    const panels = body.story_segments ?? panelsOf(body.complete_story_parts ?? []);
    if (panels.length === 0 || panels.length > MAX_PANELS) {
        throw badRequest([`the story has ${panels.length} sections; it must have 1 to ${MAX_PANELS}`]);
    }
    const numbers = panels.map((panel) => panel.story_segment_number);
    if (new Set(numbers).size !== numbers.length) {
        throw badRequest(["story_segments has a story_segment_number twice"]);
    }
    const story = panels.map((panel) => panel.story_segment_content).join("\n");
    // The description of each picture contains the whole story.
    await guardrail?.check("INPUT", [body.art_style, story], signal);
    const nameOf = (panel: Panel) => `segment_${panel.story_segment_number}`;
    const keyOf = (panel: Panel) =>
        store.keyOf(caller.sub, body.job_id, call.isNamed ? `${call.id}/${nameOf(panel)}` : nameOf(panel));
    const draw = async (panel: Panel, references: Reference[], until: AbortSignal): Promise<Reference> => {
        const kept = call.isNamed ? await store.read(keyOf(panel), until) : undefined;
        if (kept) {
            return kept;
        }
        const maker = await makerFor(until);
        const text = describePanel(prompts, panel, body, story, references.length > 0);
        const picture = await maker.draw(text, references, until);
        if (call.isNamed) {
            await store.write(keyOf(panel), picture);
        } else {
            sections.set(panel, picture);
        }
        return { mimeType: picture.mimeType, base64: picture.data.toString("base64") };
    };
    const sections = new Map<Panel, Picture>();

    // The first picture is the reference for the characters' looks in the others.
    const [opening, ...others] = panels as [Panel, ...Panel[]];
    const reference = await draw(opening, [], signal);
    const refused = new Set<Panel>();
    await allOrNone(others, signal, async (panel, until) => {
        await draw(panel, [reference], until).catch((error) => {
            if (!call.isNamed || !isRefusal(error)) {
                throw error;
            }
            refused.add(panel);
        });
    });
    await store.writeAll(
        [...sections].map(([panel, picture]) => ({
            key: keyOf(panel),
            draft: store.keyOf(caller.sub, body.job_id, `${call.id}/${nameOf(panel)}`),
            picture,
        })),
    );
    const shown = panels.filter((panel) => !refused.has(panel));
    return {
        story_segments: await Promise.all(
            shown.map(async (panel) => {
                const { uri, url } = await store.addresses(keyOf(panel));
                return { ...panel, image_s3_uri: uri, image_presigned_url: url };
            }),
        ),
        metadata: {
            prompt_version: version,
            generated_panels: shown.length,
            ...(refused.size > 0 ? { refused_panels: [...refused].map((panel) => panel.story_segment_number) } : {}),
            ...countWarning(panels.length, body.number_of_panels),
        },
    };
}

const isRefusal = (error: unknown) => error instanceof ApiError && error.status === 422;

/** Warns when the client's panel count differs from the number of sections, each of which has a picture. */
function countWarning(drawn: number, requested: number): { panel_count_warning?: string } {
    return drawn === requested
        ? {}
        : {
              panel_count_warning: `number_of_panels is ${requested}, but the story has ${drawn} sections; all were drawn`,
          };
}

/** Processes all items, several at a time; the first failure cancels the others and is thrown. */
async function allOrNone<Item, Result>(
    items: Item[],
    signal: AbortSignal,
    work: (item: Item, until: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const limit = pLimit(CONCURRENCY);
    const running = items.map((item) =>
        limit(() => {
            until.throwIfAborted();
            return work(item, until);
        }).catch((error: unknown) => {
            failed.abort(error);
            throw error;
        }),
    );
    try {
        return await Promise.all(running);
    } catch (error) {
        throw failed.signal.aborted ? failed.signal.reason : error;
    }
}

async function drawAgain(
    { maker: makerFor, store, guardrail, prompts, version }: ResolvedOptions,
    body: z.output<typeof imageRequest>,
    caller: Caller,
    signal: AbortSignal,
    call: Call,
): Promise<Record<string, unknown>> {
    const original = store.ownKey(body.original_segment_image_s3_uri, caller.sub);
    const reference = await store.read(original, signal);
    if (!reference) {
        throw badRequest(["original_segment_image_s3_uri names a picture that is not there (it may have expired)"]);
    }
    await guardrail?.check("INPUT", body.user_request, signal);
    const number = /segment_(\d+)/.exec(original)?.[1] ?? "1";
    const name = `segment_${number}_regenerated`;
    const key = store.keyOf(caller.sub, body.job_id, call.isNamed ? `${call.id}/${name}` : `${name}_${Date.now()}`);
    if (!(call.isNamed && (await store.read(key, signal)))) {
        const maker = await makerFor(signal);
        const text = `${prompts.again} ${DATA_RULE}\n${quoteData({ wish: body.user_request })}`;
        await store.write(key, await maker.draw(text, [reference], signal));
    }
    const { uri, url } = await store.addresses(key);
    return {
        new_story_segment_image_s3_uri: uri,
        new_story_segment_image_presigned_url: url,
        metadata: { prompt_version: version },
    };
}

/** A panel for each section of a story: its text and its first speaker. */
function panelsOf(parts: StoryPart[]): Panel[] {
    return parts
        .flatMap((part) => part.sections)
        .map(({ section_num, segments }) => ({
            story_segment_content: segments.map((segment) => segment.segment_content).join(" "),
            story_segment_number: section_num,
            story_segment_speaker: segments[0]?.speaker,
        }));
}

/** What the picture model is told about a panel. */
export function describePanel(
    prompts: ImagePrompts,
    panel: Panel,
    { art_style }: { art_style: string },
    story: string,
    hasReference: boolean,
): string {
    return [
        fill(prompts.panel, { number: panel.story_segment_number }),
        hasReference ? prompts.reference : "",
        DATA_RULE,
        quoteData({
            art_style,
            panel: panel.story_segment_content,
            whole_story: story.slice(0, 6_000),
        }),
    ].join("\n");
}
