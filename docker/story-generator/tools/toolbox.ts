/** The agents' tools, bound to one run. An unavailable tool only adds a warning; the story continues without it. */
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

/** Limits of the agents' tool calls: per run, and per question. */
export const MAX_TOOL_CALLS_PER_RUN = 40;
const MAX_TOOL_CALLS_PER_QUESTION = 5;

/**
 * Total time that a run waits before retries, by the answer's status. 409: an earlier run's same call is still running and
 * must end within this time; 429: the image service is busy.
 */
const MAX_WAIT_SECONDS: Record<number, number> = { 409: 300, 429: 60 };

/** Timeouts of calls of functions and of the speech API's list; pictures get the time that the gateway allows. */
const TIMEOUT_MS = { topics: 60_000, text: 120_000, pictures: 280_000, voices: 30_000 };

const ART_STYLE = "whimsical watercolor illustration";
const MAX_PANEL_CHARACTERS = 1_200;
/** Limits of the text operations (`contract/operations.ts`); a person may write more. */
const MAX_TOPICS_CHARACTERS = 2_000;
const MAX_TEXT_CHARACTERS = 10_000;
/** Search engines accept no longer query. */
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
    search: Pick<WebSearch, "search">;
    functions: Pick<StoryFunctions, "call">;
    speech: TtsClient | undefined;
    speechKey: string | undefined;
    bucket: string;
    /** Checks search results. Default: no guardrail. */
    guardrail?: Guardrail;
}

type OnUnavailable = (reason: string, error?: unknown) => void;
type KeepAlive = (call: Promise<unknown>) => void;

/** The remaining tool calls of a run's agents. */
export interface ToolCalls {
    left: number;
}

/** Creates the toolbox of each run. */
export class Tools {
    readonly #parts: ToolParts;

    constructor(parts: ToolParts) {
        this.#parts = parts;
    }

    /**
     * `onUnavailable` is called when a tool fails; `keep` gets the promise of every paid call. `calls` bounds the agents' tool calls
     * over several toolboxes.
     */
    forRun(
        caller: Caller,
        signal: AbortSignal,
        onUnavailable: OnUnavailable,
        keep: KeepAlive,
        calls: ToolCalls = { left: MAX_TOOL_CALLS_PER_RUN },
    ): Toolbox {
        return new Toolbox(this.#parts, caller, signal, onUnavailable, keep, calls);
    }
}

export class Toolbox {
    readonly #parts: ToolParts;
    readonly #caller: Caller;
    readonly #signal: AbortSignal;
    readonly #onUnavailable: OnUnavailable;
    readonly #keep: KeepAlive;
    readonly #calls: ToolCalls;

    constructor(
        parts: ToolParts,
        caller: Caller,
        signal: AbortSignal,
        onUnavailable: OnUnavailable,
        keep: KeepAlive,
        calls: ToolCalls,
    ) {
        this.#parts = parts;
        this.#caller = caller;
        this.#signal = signal;
        this.#onUnavailable = onUnavailable;
        this.#keep = keep;
        this.#calls = calls;
    }

    async search(query: string): Promise<SearchResult[]> {
        return this.#orFallback(
            "The web could not be searched; the research is based on what the language model knows.",
            [],
            async () =>
                this.#allowed(await this.#parts.search.search(query.slice(0, MAX_QUERY_CHARACTERS), this.#signal)),
        );
    }

    /** Removes the results that the guardrail blocks, so that no model sees them. */
    async #allowed(results: SearchResult[]): Promise<SearchResult[]> {
        const { guardrail } = this.#parts;
        if (!guardrail) {
            return results;
        }
        const stopped = await Promise.all(results.map((result) => guardrail.stops("INPUT", result, this.#signal)));
        return results.filter((_, at) => !stopped[at]);
    }

    /** Web search as an agent's tool; a failed search gives the agent no results instead of an error. */
    searchTool() {
        const mayCall = this.#callLimit();
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

    /** Returns a check whether an agent may call the tool once more: a text may provoke many calls, and calls cost. */
    #callLimit(): () => boolean {
        let left = MAX_TOOL_CALLS_PER_QUESTION;
        return () => {
            left -= 1;
            this.#calls.left -= 1;
            return left >= 0 && this.#calls.left >= 0;
        };
    }

    async topicIdeas(request: NewStoryBody, jobId: string): Promise<z.infer<typeof topicsResult> | undefined> {
        const genre = /non.?fiction|educational|documentary/i.test(request.story_type) ? "non-fiction" : "fiction";
        return this.#orFallback(
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
        return this.#orFallback("No outline could be drafted; the story is planned without one.", undefined, () =>
            this.#call("generateStoryOutline", body, TIMEOUT_MS.text, outlineResult),
        );
    }

    /** The editor's tool to regenerate a line of `chapter` with the text function. */
    regenerateTool(jobId: string, chapter: Chapter) {
        const mayCall = this.#callLimit();
        return tool({
            name: "regenerate_segment",
            description: "Makes one line of the chapter anew from an idea. Gives the new text, or none.",
            inputSchema: z.object({
                line: z.int().describe("Number of the line, from 1"),
                idea: z.string().min(1).max(500),
            }),
            callback: async ({ line, idea }) => {
                const text = await this.#orFallback(
                    "A line could not be rewritten; it stays as it was.",
                    null,
                    async () => (mayCall() ? this.newSegment(jobId, [chapter], line, idea) : null),
                );
                return quoteData({ text: text ?? null });
            },
        });
    }

    /** Regenerates the text of segment `number` (counted over `chapters`, from 1). Throws FunctionError. */
    async newSegment(jobId: string, chapters: Chapter[], number: number, wish: string): Promise<string | undefined> {
        const segments = chapters
            .flatMap((chapter) => chapter.lines)
            .map(({ speaker, text }, at) => ({ segment_num: at + 1, segment_content: text, speaker }));
        const original = segments[number - 1];
        if (!original) {
            return undefined;
        }
        const body = {
            ...DEFAULT_FIELDS,
            job_id: jobId,
            user_request: wish,
            // The neighbouring segments are enough context, and keep the request small.
            original_story_segments: segments.slice(Math.max(0, number - 10), number + 10),
            original_story_segment_num: number,
            original_story_segment: original,
        };
        const made = await this.#call("regenerateSegment", body, TIMEOUT_MS.text, segmentResult);
        return made.new_story_segment.segment_content;
    }

    /** Regenerates the picture `key`; returns the new picture's key. Throws FunctionError. */
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
     * One picture per chapter, in the chapters' order; fewer if some are refused or the image function is down. A repeated call
     * for the same story draws only the missing pictures.
     */
    async illustrate(session: Session, story: StructuredStory): Promise<Illustration[]> {
        const segments = story.chapters.map((chapter) => ({
            story_segment_content: chapterText(chapter).slice(0, MAX_PANEL_CHARACTERS),
            story_segment_number: chapter.chapter_number,
            story_segment_speaker: "Narrator",
        }));
        const body = {
            story_segments: segments,
            art_style: ART_STYLE,
            number_of_panels: segments.length,
            job_id: session.session_id,
        };
        return this.#orFallback("The story has no pictures: they could not be drawn.", [], async () => {
            const { story_segments } = await this.#withRetries(() =>
                this.#call(
                    "generateStoryImage",
                    body,
                    TIMEOUT_MS.pictures,
                    imagesResult,
                    `${session.session_id}-pictures`,
                ),
            );
            if (story_segments.length < segments.length) {
                this.#onUnavailable("Some pictures are missing: the image model declined to draw them.");
            }
            return story_segments.map(({ story_segment_number, image_s3_uri }) => ({
                chapter_number: story_segment_number,
                key: this.#ownImage(image_s3_uri),
            }));
        });
    }

    /** The voices of the speech API; none when the API is down or no key is set. */
    async voices(): Promise<Voice[]> {
        const { speech, speechKey } = this.#parts;
        if (!speech || !speechKey) {
            this.#onUnavailable("The narration uses the standard voice: no narration service is set up.");
            return [];
        }
        return this.#orFallback(
            "The narration uses the standard voice: the narration service did not respond.",
            [],
            () => speech.voices(speechKey, AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS.voices)])),
        );
    }

    /** `key`: the `Idempotency-Key` of a call that may be retried. Default: a new one. */
    async #call<Schema extends z.ZodType>(
        operation: string,
        body: Record<string, unknown>,
        timeoutMs: number,
        schema: Schema,
        key: string = randomUUID(),
    ): Promise<z.infer<Schema>> {
        // The function meters its own usage.
        await assertWithinBounds();
        return this.#parts.functions.call(
            { operation, body, caller: this.#caller, key, timeoutMs, signal: this.#signal, keep: this.#keep },
            schema,
        );
    }

    /** Retries after the seconds that the answer asks for, within MAX_WAIT_SECONDS. */
    async #withRetries<T>(use: () => Promise<T>): Promise<T> {
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

    async #orFallback<T>(reason: string, fallback: T, use: () => Promise<T>): Promise<T> {
        try {
            return await use();
        } catch (error) {
            this.#onUnavailable(reason, error);
            return fallback;
        }
    }
}

/** Other required fields of the text operations; these defaults are enough for a single line. */
const DEFAULT_FIELDS = {
    genre: "fiction",
    reading_level: "general",
    tone: "engaging",
    story_type: "visual",
    number_of_speakers: MAX_CHARACTERS + 1,
    panels: 3,
};

function storyFields(request: NewStoryBody, jobId: string): Record<string, unknown> {
    return {
        ...DEFAULT_FIELDS,
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
