/** The tools of the agents, bound to one run: what is down makes the story poorer and is noted, nothing more. */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { tool } from "@strands-agents/sdk";
import * as z from "zod";
import type { NewStoryBody } from "../../../contract/agentRoutes.ts";
import type { Guardrail } from "../../shared/guardrail.ts";
import type { TtsClient, Voice } from "../../shared/tts.ts";
import { quoteData } from "../../shared/untrustedData.ts";
import { assertWithinBounds } from "../../shared/usage/meter.ts";
import { ownKey } from "../../shared/userKeys.ts";
import type { Caller } from "../access.ts";
import type { Illustration, Session } from "../pipeline/session.ts";
import { SHAPES } from "../pipeline/shapes.ts";
import { type Chapter, chapterText, MAX_CHARACTERS, type StructuredStory } from "../story.ts";
import { FunctionError, type StoryFunctions } from "./storyFunctions.ts";
import type { SearchResult, WebSearch } from "./webSearch.ts";

/** Calls of tools that the agents of one run may make, and each of them while it thinks about one question. */
export const TOOL_CALLS_PER_RUN = 40;
const TOOL_CALLS_PER_QUESTION = 5;

/**
 * How long a run waits, in all, by the status that it is answered: for the same call, which a run before it left under way, until
 * that must be over; for an image service that has too much to do.
 */
const MAX_WAIT_SECONDS: Record<number, number> = { 409: 300, 429: 60 };

/** How long one call of a function may take; pictures get what the gateway allows. */
const TIMEOUT_MS = { topics: 60_000, text: 120_000, pictures: 280_000 };

const ART_STYLE = "whimsical watercolor illustration";
const PANEL_TEXT = 1_200;
/** What the text operations take at most (`contract/operations.ts`); a person may write more. */
const MAX_TOPICS_CHARACTERS = 2_000;
const MAX_TEXT_CHARACTERS = 10_000;
/** A search engine takes no longer question. */
const MAX_QUERY_CHARACTERS = 300;

const outlineResult = z.object({
    story_parts: z.array(z.object({ story_part: z.string(), story_part_summary: z.string().max(4_000) })).max(10),
});
const topicsResult = z.object({
    subject_category: z.string().max(1_000),
    scope_coverage: z.string().max(1_000),
    structure: z.string().max(1_000),
    target_audience: z.string().max(1_000),
});
const imagesResult = z.object({
    story_segments: z
        .array(z.object({ story_segment_number: z.coerce.number().int(), image_s3_uri: z.string().max(1_024) }))
        .max(50),
});
const segmentResult = z.object({ new_story_segment: z.object({ segment_content: z.string().min(1).max(4_000) }) });
const imageResult = z.object({ new_story_segment_image_s3_uri: z.string().max(1_024) });

export interface ToolParts {
    search: WebSearch;
    functions: StoryFunctions;
    speech: TtsClient | undefined;
    speechKey: string | undefined;
    bucket: string;
    /** Looks at what the web says. Default: none does. */
    guardrail?: Guardrail;
}

type OnUnavailable = (reason: string, error?: unknown) => void;
type KeepAlive = (call: Promise<unknown>) => void;

/** What is left of the calls of tools that a run's agents may make. */
export interface ToolCalls {
    left: number;
}

/** Makes the toolbox of each run. */
export class Tools {
    readonly #parts: ToolParts;

    constructor(parts: ToolParts) {
        this.#parts = parts;
    }

    /**
     * `doWithout` is told what a tool could not give, `keep` of every call that is paid for, until it has its answer; `calls`
     * bounds what agents call, where several toolboxes share it.
     */
    forRun(
        caller: Caller,
        signal: AbortSignal,
        doWithout: OnUnavailable,
        keep: KeepAlive,
        calls: ToolCalls = { left: TOOL_CALLS_PER_RUN },
    ): Toolbox {
        return new Toolbox(this.#parts, caller, signal, doWithout, keep, calls);
    }
}

export class Toolbox {
    readonly #parts: ToolParts;
    readonly #caller: Caller;
    readonly #signal: AbortSignal;
    readonly #doWithout: OnUnavailable;
    readonly #keep: KeepAlive;
    readonly #calls: ToolCalls;

    constructor(
        parts: ToolParts,
        caller: Caller,
        signal: AbortSignal,
        doWithout: OnUnavailable,
        keep: KeepAlive,
        calls: ToolCalls,
    ) {
        this.#parts = parts;
        this.#caller = caller;
        this.#signal = signal;
        this.#doWithout = doWithout;
        this.#keep = keep;
        this.#calls = calls;
    }

    async search(query: string): Promise<SearchResult[]> {
        return this.#orWithout(
            "The web could not be searched; the research is based on what the language model knows.",
            [],
            async () =>
                this.#harmless(await this.#parts.search.search(query.slice(0, MAX_QUERY_CHARACTERS), this.#signal)),
        );
    }

    /** The results that the guardrail lets pass: a model sees none of the others, and the story does without them. */
    async #harmless(results: SearchResult[]): Promise<SearchResult[]> {
        const { guardrail } = this.#parts;
        if (!guardrail) {
            return results;
        }
        const stopped = await Promise.all(results.map((result) => guardrail.stops("INPUT", result, this.#signal)));
        return results.filter((_, at) => !stopped[at]);
    }

    /** Web search for an agent to call; it hears that there are no results rather than failing. */
    searchTool() {
        const mayCall = this.#bound();
        return tool({
            name: "web_search",
            description: "Searches the web and gives titles, addresses and snippets.",
            inputSchema: z.object({ query: z.string().min(1).max(MAX_QUERY_CHARACTERS) }),
            callback: async ({ query }) => {
                const results = mayCall() ? await this.search(query) : [];
                return quoteData({ results, degraded: results.length === 0 });
            },
        });
    }

    /** Whether an agent may call the tool once more: some text may make it eager, and calls cost. */
    #bound(): () => boolean {
        let left = TOOL_CALLS_PER_QUESTION;
        return () => {
            left -= 1;
            this.#calls.left -= 1;
            return left >= 0 && this.#calls.left >= 0;
        };
    }

    async topicIdeas(request: NewStoryBody, jobId: string): Promise<z.infer<typeof topicsResult> | undefined> {
        const genre = /non.?fiction|educational|documentary/i.test(request.story_type) ? "non-fiction" : "fiction";
        return this.#orWithout(
            "No ideas for the topic could be collected; the research goes without them.",
            undefined,
            () =>
                this.#call(
                    "generateTopicsIdeas",
                    { genre, topics: request.topic.slice(0, MAX_TOPICS_CHARACTERS), job_id: jobId },
                    TIMEOUT_MS.topics,
                    topicsResult,
                ),
        );
    }

    async outline(request: NewStoryBody, jobId: string): Promise<z.infer<typeof outlineResult> | undefined> {
        const body = { ...storyFields(request, jobId), user_input_description: describe(request) };
        return this.#orWithout("No outline could be drafted; the story is planned without one.", undefined, () =>
            this.#call("generateStoryOutline", body, TIMEOUT_MS.text, outlineResult),
        );
    }

    /** A line of `chapter` made anew by the text function, for the editor to call. */
    regenerateTool(jobId: string, chapter: Chapter) {
        const mayCall = this.#bound();
        return tool({
            name: "regenerate_segment",
            description: "Makes one line of the chapter anew from an idea. Gives the new text, or none.",
            inputSchema: z.object({
                line: z.int().describe("Number of the line, from 1"),
                idea: z.string().min(1).max(500),
            }),
            callback: async ({ line, idea }) => {
                const text = await this.#orWithout(
                    "A line could not be rewritten; it stays as it was.",
                    null,
                    async () => (mayCall() ? this.newSegment(jobId, [chapter], line, idea) : null),
                );
                return quoteData({ text: text ?? null });
            },
        });
    }

    /** The text of segment `number` (counted over `chapters`, from 1) made anew. Throws FunctionError. */
    async newSegment(jobId: string, chapters: Chapter[], number: number, wish: string): Promise<string | undefined> {
        const segments = chapters
            .flatMap((chapter) => chapter.lines)
            .map(({ speaker, text }, at) => ({ segment_num: at + 1, segment_content: text, speaker }));
        const original = segments[number - 1];
        if (!original) {
            return undefined;
        }
        const body = {
            ...PLAIN_FIELDS,
            job_id: jobId,
            user_request: wish,
            // The neighbourhood is enough to fit in, and keeps the request small.
            original_story_segments: segments.slice(Math.max(0, number - 10), number + 10),
            original_story_segment_num: number,
            original_story_segment: original,
        };
        const made = await this.#call("regenerateSegment", body, TIMEOUT_MS.text, segmentResult);
        return made.new_story_segment.segment_content;
    }

    /** The picture behind `key` made anew: the new picture's key. Throws FunctionError. */
    async newImage(jobId: string, key: string, wish: string): Promise<string> {
        const body = {
            user_request: wish,
            original_segment_image_s3_uri: `s3://${this.#parts.bucket}/${key}`,
            job_id: jobId,
        };
        const made = await this.#call("regenerateSegmentImage", body, TIMEOUT_MS.pictures, imageResult);
        return this.#ownImage(made.new_story_segment_image_s3_uri);
    }

    /**
     * One picture per chapter, in the chapters' order, fewer where some are refused or the image function is down. Asked
     * again for the same story, it draws only what is missing.
     */
    async illustrate(session: Session, story: StructuredStory): Promise<Illustration[]> {
        const segments = story.chapters.map((chapter) => ({
            story_segment_content: chapterText(chapter).slice(0, PANEL_TEXT),
            story_segment_number: chapter.chapter_number,
            story_segment_speaker: "Narrator",
        }));
        const body = {
            story_segments: segments,
            art_style: ART_STYLE,
            number_of_panels: segments.length,
            job_id: session.session_id,
        };
        return this.#orWithout("The story has no pictures: they could not be drawn.", [], async () => {
            const { story_segments } = await this.#patiently(() =>
                this.#call(
                    "generateStoryImage",
                    body,
                    TIMEOUT_MS.pictures,
                    imagesResult,
                    `${session.session_id}-pictures`,
                ),
            );
            if (story_segments.length < segments.length) {
                this.#doWithout("Some pictures are missing: the image model declined to draw them.");
            }
            return story_segments.map(({ story_segment_number, image_s3_uri }) => ({
                chapter_number: story_segment_number,
                key: this.#ownImage(image_s3_uri),
            }));
        });
    }

    /** The voices of the speech API; none when it is down or there is no key. */
    async voices(): Promise<Voice[]> {
        const { speech, speechKey } = this.#parts;
        if (!speech || !speechKey) {
            this.#doWithout("The narration uses the standard voice: no narration service is set up.");
            return [];
        }
        return this.#orWithout(
            "The narration uses the standard voice: the narration service did not respond.",
            [],
            () => speech.voices(speechKey, AbortSignal.any([this.#signal, AbortSignal.timeout(10_000)])),
        );
    }

    /** `key`: what names the call where it may be sent again. Default: one of its own. */
    async #call<Schema extends z.ZodType>(
        operation: string,
        body: Record<string, unknown>,
        timeoutMs: number,
        schema: Schema,
        key: string = randomUUID(),
    ): Promise<z.infer<Schema>> {
        // What a function uses, it counts itself.
        await assertWithinBounds();
        return this.#parts.functions.call(
            { operation, body, caller: this.#caller, key, timeoutMs, signal: this.#signal, keep: this.#keep },
            schema,
        );
    }

    /** Asks again as often and as late as it is told to, within its time. */
    async #patiently<T>(use: () => Promise<T>): Promise<T> {
        const waited: Record<number, number> = {};
        for (;;) {
            try {
                return await use();
            } catch (error) {
                const { status = 0, retryAfter: seconds = 1 } = error instanceof FunctionError ? error : {};
                waited[status] = (waited[status] ?? 0) + seconds;
                if (waited[status] > (MAX_WAIT_SECONDS[status] ?? 0)) {
                    throw error;
                }
                await wait(seconds * 1_000, undefined, { signal: this.#signal });
            }
        }
    }

    #ownImage(uri: string): string {
        const key = ownKey(uri, this.#parts.bucket, this.#caller.userId);
        if (!key) {
            throw new FunctionError("an image function named a picture that is not the caller's", 502);
        }
        return key;
    }

    async #orWithout<T>(reason: string, without: T, use: () => Promise<T>): Promise<T> {
        try {
            return await use();
        } catch (error) {
            this.#doWithout(reason, error);
            return without;
        }
    }
}

/** What the text operations want to know besides; a single line needs no more than this. */
const PLAIN_FIELDS = {
    genre: "fiction",
    reading_level: "general",
    tone: "engaging",
    story_type: "visual",
    number_of_speakers: MAX_CHARACTERS + 1,
    panels: 3,
};

function storyFields(request: NewStoryBody, jobId: string): Record<string, unknown> {
    return {
        ...PLAIN_FIELDS,
        genre: request.story_type.slice(0, MAX_TEXT_CHARACTERS),
        reading_level: request.target_audience.slice(0, MAX_TEXT_CHARACTERS),
        tone: request.tone_style.slice(0, MAX_TEXT_CHARACTERS),
        panels: SHAPES[request.length].chapters,
        job_id: jobId,
    };
}

function describe({ topic, creative_notes }: NewStoryBody): string {
    return (creative_notes ? `${topic}\n\n${creative_notes}` : topic).slice(0, MAX_TEXT_CHARACTERS);
}
