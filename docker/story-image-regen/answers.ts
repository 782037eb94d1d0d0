/** Pictures for the panels of a story, in one style and with the same characters, and one picture made again. */
import pLimit from "p-limit";
import type { z } from "zod";
import type { imageRequest, imageSegment, imagesRequest } from "../../contract/operations.ts";
import type { StoryPart } from "../../contract/story.ts";
import { badRequest } from "../shared/apiErrors.ts";
import { type ApiFunctionOptions, answersOf, type Caller } from "../shared/apiHandler.ts";
import { asMaterial, MATERIAL_RULE } from "../shared/material.ts";
import type { Picture, PictureMaker, Reference } from "../shared/pictures.ts";
import type { PictureStore } from "./store.ts";

export interface ImageOptions {
    maker: (signal: AbortSignal) => Promise<PictureMaker>;
    store: PictureStore;
}

/** Pictures drawn at the same time. */
const PARALLEL = 4;
/** Pictures of one story. */
const MOST_PANELS = 30;

type Panel = z.output<typeof imageSegment>;

/** The answers of the picture operations. */
export function imageAnswers(options: ImageOptions): ApiFunctionOptions["answers"] {
    return answersOf("image", {
        generateStoryImage: (body, caller, signal) =>
            drawStory(options, body as z.output<typeof imagesRequest>, caller, signal),
        regenerateSegmentImage: (body, caller, signal) =>
            drawAgain(options, body as z.output<typeof imageRequest>, caller, signal),
    });
}

async function drawStory(
    { maker: makerFor, store }: ImageOptions,
    body: z.output<typeof imagesRequest>,
    caller: Caller,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    const panels = body.story_segments ?? panelsOf(body.complete_story_parts ?? []);
    if (panels.length === 0 || panels.length > MOST_PANELS) {
        throw badRequest([`the story has ${panels.length} sections; it must have 1 to ${MOST_PANELS}`]);
    }
    const numbers = panels.map((panel) => panel.story_segment_number);
    if (new Set(numbers).size !== numbers.length) {
        throw badRequest(["story_segments has a story_segment_number twice"]);
    }
    const maker = await makerFor(signal);
    const story = panels.map((panel) => panel.story_segment_content).join("\n");
    const draw = (panel: Panel, references: Reference[], until: AbortSignal) =>
        maker.draw(describe(panel, body, story, references.length > 0), references, until);

    // The first picture decides how everybody looks; the others are drawn after it.
    const [opening, ...others] = panels as [Panel, ...Panel[]];
    const first = await draw(opening, [], signal);
    const reference = { mimeType: first.mimeType, base64: first.data.toString("base64") };
    const rest = await allOrNone(others, signal, (panel, until) => draw(panel, [reference], until));
    // Stored only when all are drawn: a call that fails leaves the pictures of an earlier one as they were.
    const pictures = [first, ...rest];
    const keys = numbers.map((number) => store.keyOf(caller.sub, body.job_id, `segment_${number}`));
    const stored = await store.writeAll(keys.map((key, at) => ({ key, picture: pictures[at] as Picture })));
    return {
        story_segments: panels.map((panel, at) => ({
            ...panel,
            image_s3_uri: stored[at]?.uri,
            image_presigned_url: stored[at]?.url,
        })),
        metadata: { generated_panels: panels.length, ...countWarning(panels.length, body.number_of_panels) },
    };
}

/** Each section has its picture, also when a client counts them otherwise. */
function countWarning(drawn: number, asked: number): { panel_count_warning?: string } {
    return drawn === asked
        ? {}
        : { panel_count_warning: `number_of_panels is ${asked}, but the story has ${drawn} sections; all were drawn` };
}

/** Works on all items, several at a time; the first that fails stops the others and is what is thrown. */
async function allOrNone<Item, Result>(
    items: Item[],
    signal: AbortSignal,
    work: (item: Item, until: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const limit = pLimit(PARALLEL);
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
    { maker: makerFor, store }: ImageOptions,
    body: z.output<typeof imageRequest>,
    caller: Caller,
    signal: AbortSignal,
): Promise<Record<string, unknown>> {
    const original = store.ownKey(body.original_segment_image_s3_uri, caller.sub);
    const reference = await store.read(original, signal);
    if (!reference) {
        throw badRequest(["original_segment_image_s3_uri names a picture that is not there (it may have expired)"]);
    }
    const maker = await makerFor(signal);
    const text = `Draw the given picture again with the same characters and style, changed as the user wishes. ${MATERIAL_RULE}\n${asMaterial({ wish: body.user_request })}`;
    const picture = await maker.draw(text, [reference], signal);
    const number = /segment_(\d+)/.exec(original)?.[1] ?? "1";
    const key = store.keyOf(caller.sub, body.job_id, `segment_${number}_regenerated_${Date.now()}`);
    const { uri, url } = await store.write(key, picture);
    return { new_story_segment_image_s3_uri: uri, new_story_segment_image_presigned_url: url };
}

/** A panel for each section of a story: what is said in it, by whoever speaks first. */
function panelsOf(parts: StoryPart[]): Panel[] {
    return parts
        .flatMap((part) => part.sections)
        .map(({ section_num, segments }) => ({
            story_segment_content: segments.map((segment) => segment.segment_content).join(" "),
            story_segment_number: section_num,
            story_segment_speaker: segments[0]?.speaker,
        }));
}

function describe(panel: Panel, body: z.output<typeof imagesRequest>, story: string, hasReference: boolean): string {
    return [
        `Draw panel ${panel.story_segment_number} of a story, without any text in it.`,
        hasReference
            ? "The given picture is an earlier panel: keep its style, and draw every character who is in both exactly alike."
            : "",
        MATERIAL_RULE,
        asMaterial({
            art_style: body.art_style,
            panel: panel.story_segment_content,
            whole_story: story.slice(0, 6_000),
        }),
    ].join("\n");
}
