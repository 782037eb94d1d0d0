/** The agent service's API as the site uses it. Same origin, so there is nothing to configure. */
import { session, signedInAgain } from "./session.ts";

/** The service said no, or could not be reached. The message is for a person. */
export class ApiError extends Error {
    readonly status: number;
    /** The short name of what is wrong, such as `Not confirmed`. */
    readonly code: string;

    constructor(status: number, message: string, code = "") {
        super(message);
        this.status = status;
        this.code = code;
    }
}

export interface Line {
    speaker: string;
    text: string;
}

export interface StructuredStory {
    title: string;
    characters: string[];
    chapters: { chapter_number: number; title: string; lines: Line[] }[];
}

export interface StorySummary {
    session_id: string;
    title: string;
    created_at?: string;
    /** A story that is not completed can be taken up again. */
    status: "running" | "interrupted" | "failed" | "completed";
    story_type?: string;
    length?: string;
    /** How many are written. */
    chapters: number;
}

export interface StoryDetail extends StorySummary {
    topic?: string;
    structured_story?: StructuredStory;
    images?: string[];
    warnings?: string[];
}

export interface StoryRequest {
    topic: string;
    story_type: string;
    length: string;
    tone_style: string;
    target_audience: string;
    creative_notes: string;
}

export interface PipelineEvent {
    type: string;
    agent?: string;
    agent_id?: string;
    activity?: string;
    progress?: number;
    message?: string;
    /** What each agent will say of itself, by the agent's id. */
    activities?: Record<string, string[]>;
    /** What an agent had to do without. */
    warnings?: string[];
    session_id?: string;
    /** Of `error`: the seconds after which the service goes on with the story; without it, the run has failed. */
    retry_after?: number;
}

/** An event, with its id where it has one. */
export interface Told {
    id?: string;
    event: PipelineEvent;
}

export interface AudioState {
    status: "not_generated" | "started" | "generating" | "interrupted" | "failed" | "ready";
    progress?: number;
    message?: string;
    /** Where a narration that is ready can be heard; good for an hour. */
    url?: string;
}

/** `next` leads to the page after this one; without it this is the last. */
export interface StoryPage {
    stories: StorySummary[];
    next?: string;
}

/** A page of the stories, newest first: the first one, or the one that an earlier page's `next` leads to. */
export const listStories = (next?: string, signal?: AbortSignal) =>
    call<StoryPage>("GET", `/stories/list${next === undefined ? "" : `?next=${encodeURIComponent(next)}`}`, { signal });

export const getStory = (id: string, signal?: AbortSignal) =>
    call<StoryDetail>("GET", `/stories/${encodeURIComponent(id)}`, { signal });

export const getImages = async (id: string, signal?: AbortSignal) =>
    (await call<{ images: string[] }>("GET", `/stories/${encodeURIComponent(id)}/images`, { signal })).images;

export const deleteStory = (id: string) => call("DELETE", `/stories/${encodeURIComponent(id)}`);

export const regenerateSegment = (id: string, segment: number, wish: string) =>
    call("POST", `/stories/${encodeURIComponent(id)}/segments/${segment}/regenerate`, { body: { user_request: wish } });

export const regenerateImage = (id: string, image: number, wish: string) =>
    call("POST", `/stories/${encodeURIComponent(id)}/images/${image}/regenerate`, { body: { user_request: wish } });

export const startNarration = (id: string) =>
    call<AudioState>("POST", `/audio/generate/${encodeURIComponent(id)}`, { body: {} });

export const narrationState = (id: string, signal?: AbortSignal) =>
    call<AudioState>("GET", `/audio/status/${encodeURIComponent(id)}`, { signal });

/** Saves the story as a file of the browser's. */
export async function download(id: string, format: "txt" | "json", title: string): Promise<void> {
    const response = await send("GET", `/stories/${encodeURIComponent(id)}/download?format=${format}`);
    const address = URL.createObjectURL(await response.blob());
    const link = document.createElement("a");
    link.href = address;
    link.download = `${title.replaceAll(/[^\p{L}\p{N}]+/gu, "-") || "story"}.${format}`;
    link.click();
    URL.revokeObjectURL(address);
}

/** Starts a pipeline, and gives its events as they come. */
export async function* makeStory(wish: StoryRequest, signal: AbortSignal): AsyncGenerator<Told> {
    yield* told(await send("POST", "/story/generate-pipeline", { body: wish, signal }));
}

/** The events of a story that is being made, after the one with the id `lastSeen`. Where none makes it, it is gone on with. */
export async function* hearStory(id: string, lastSeen: string | undefined, signal: AbortSignal): AsyncGenerator<Told> {
    const headers = { Accept: "text/event-stream", ...(lastSeen === undefined ? {} : { "Last-Event-ID": lastSeen }) };
    yield* told(await send("GET", `/story/session/${encodeURIComponent(id)}`, { headers, signal }));
}

/** Stops a story that is being made; what is finished stays. */
export const stopStory = (id: string) => call("POST", `/story/session/${encodeURIComponent(id)}/stop`);

async function* told({ body, status }: Response): AsyncGenerator<Told> {
    if (!body) {
        throw new ApiError(status, "The service did not respond.");
    }
    let rest = "";
    for await (const text of texts(body)) {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
            const data = fields(block, "data").join("\n");
            if (data) {
                yield { id: fields(block, "id")[0], event: JSON.parse(data) };
            }
        }
    }
}

const fields = (block: string, name: string) =>
    block
        .split("\n")
        .filter((line) => line.startsWith(`${name}:`))
        .map((line) => line.slice(name.length + 1).trim());

/** The service says something every 15 seconds; a connection that is silent for longer than this is dead. */
const SILENCE_MS = 45_000;

/** The text of a body as it comes. (Safari can't iterate a stream itself.) */
async function* texts(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const silence = setTimeout(() => void reader.cancel(), SILENCE_MS);
        const part = await reader.read().finally(() => clearTimeout(silence));
        if (part.done) {
            return;
        }
        yield part.value;
    }
}

interface Request {
    body?: unknown;
    headers?: Record<string, string>;
    signal?: AbortSignal;
    /** A token other than the session's; null: none. */
    token?: string | null;
}

export async function call<T>(method: string, path: string, request: Request = {}): Promise<T> {
    const answer = await (await send(method, path, request)).json();
    return answer.data ?? answer;
}

/** Sends a request; where the session has ended, once its owner has signed in again. */
async function send(method: string, path: string, request: Request = {}): Promise<Response> {
    const token = request.token === undefined ? session()?.idToken : (request.token ?? undefined);
    const response = await fetched(method, path, request, token);
    if (response.ok) {
        return response;
    }
    if (response.status === 401 && token && request.token === undefined) {
        await signedInAgain(token, request.signal);
        return await send(method, path, request);
    }
    const answer = await response.json().catch(() => ({}));
    throw new ApiError(
        response.status,
        answer.message ?? answer.error ?? `Something went wrong (${response.status}). Try again in a moment.`,
        answer.error,
    );
}

async function fetched(
    method: string,
    path: string,
    { body, headers, signal }: Request,
    token?: string,
): Promise<Response> {
    try {
        return await fetch(`/api/v1${path}`, {
            method,
            signal,
            headers: {
                ...headers,
                ...(token ? { Authorization: `Bearer ${token}` } : {}),
                ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        throw new ApiError(0, "The service can't be reached. Check your connection and try again.");
    }
}
