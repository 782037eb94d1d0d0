/** The agent service's API as the site uses it. Same origin, so there is nothing to configure. */
import { session, signInWith, signOut } from "./session.ts";

/** The service said no, or could not be reached. The message is for a person. */
export class ApiError extends Error {
    readonly status: number;

    constructor(status: number, message: string) {
        super(message);
        this.status = status;
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
    status?: string;
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
    session_id?: string;
}

export interface PipelineEvent {
    type: string;
    agent?: string;
    agent_id?: string;
    activity?: string;
    progress?: number;
    message?: string;
    status?: string;
    result?: { session_id: string; warnings?: string[] };
    session_id?: string;
}

export interface AudioState {
    status: "idle" | "started" | "generating" | "ready" | "failed" | string;
    progress?: number;
    message?: string;
}

export async function signIn(email: string, password: string): Promise<void> {
    const tokens = await call<{ id_token: string; expires_in: number }>("POST", "/auth/signin", { email, password });
    signInWith({ email, idToken: tokens.id_token, expiresAt: Date.now() + tokens.expires_in * 1000 });
}

export const listStories = async (signal?: AbortSignal) =>
    (await call<{ stories: StorySummary[] }>("GET", "/stories/list", undefined, signal)).stories;

export const getStory = (id: string, signal?: AbortSignal) =>
    call<StoryDetail>("GET", `/stories/${encodeURIComponent(id)}`, undefined, signal);

export const getImages = async (id: string, signal?: AbortSignal) =>
    (await call<{ images: string[] }>("GET", `/stories/${encodeURIComponent(id)}/images`, undefined, signal)).images;

export const deleteStory = (id: string) => call("DELETE", `/stories/${encodeURIComponent(id)}`);

export const regenerateSegment = (id: string, segment: number, wish: string) =>
    call("POST", `/stories/${encodeURIComponent(id)}/segments/${segment}/regenerate`, { user_request: wish });

export const regenerateImage = (id: string, image: number, wish: string) =>
    call("POST", `/stories/${encodeURIComponent(id)}/images/${image}/regenerate`, { user_request: wish });

export const startNarration = (id: string) => call<AudioState>("POST", `/audio/generate/${encodeURIComponent(id)}`, {});

export const narrationState = (id: string, signal?: AbortSignal) =>
    call<AudioState>("GET", `/audio/status/${encodeURIComponent(id)}`, undefined, signal);

/** The narration as an address that an audio element can play and seek in. Revoke it when done. */
export async function narrationAddress(id: string, signal?: AbortSignal): Promise<string> {
    const response = await send("GET", `/audio/stream/${encodeURIComponent(id)}`, undefined, signal);
    return URL.createObjectURL(await response.blob());
}

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

/** Starts (or takes up again) a pipeline and gives its events as they come. */
export async function* makeStory(wish: StoryRequest, signal: AbortSignal): AsyncGenerator<PipelineEvent> {
    const response = await send("POST", "/story/generate-pipeline", wish, signal);
    if (!response.body) {
        throw new ApiError(response.status, "The service gave no answer.");
    }
    let rest = "";
    for await (const text of texts(response.body)) {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
            const data = block
                .split("\n")
                .filter((line) => line.startsWith("data:"))
                .map((line) => line.slice(5).trim())
                .join("\n");
            if (data) {
                yield JSON.parse(data);
            }
        }
    }
}

/** The text of a body as it comes. (Safari can't iterate a stream itself.) */
async function* texts(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
        yield part.value;
    }
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const answer = await (await send(method, path, body, signal)).json();
    return answer.data ?? answer;
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const token = session()?.idToken;
    let response: Response;
    try {
        response = await fetch(`/api/v1${path}`, {
            method,
            signal,
            headers: {
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
    if (!response.ok) {
        if (response.status === 401 && token) {
            signOut();
        }
        const answer = await response.json().catch(() => ({}));
        throw new ApiError(
            response.status,
            answer.message ?? answer.error ?? `The service answered ${response.status}.`,
        );
    }
    return response;
}
