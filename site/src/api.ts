/** The site's client of the agent service's API. Same origin, so nothing is configured. */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { AgentCalls, CostlyAgentCall, NewStoryBody } from "../../contract/agentRoutes.ts";
import { noteCall } from "./offline/connection.ts";
import { renewWith, type Session, session, signedInAgain } from "./session.ts";

/** The service refused, or could not be reached. The message is for a person. */
export class ApiError extends Error {
    readonly status: number;
    /** The short name of the error, such as `Not confirmed`. */
    readonly code: string;

    constructor(status: number, message: string, code = "") {
        super(message);
        this.status = status;
        this.code = code;
    }
}

type Data<Call extends keyof AgentCalls> = AgentCalls[Call]["data"];

export type StoryDetail = Data<"get /api/v1/stories/{id}">;
export type SharedStoryDetail = Data<"get /api/v1/shared/{token}">;
export type StoryPage = Pick<Data<"get /api/v1/stories/list">, "stories" | "next">;
export type StorySummary = StoryPage["stories"][number];
export type StructuredStory = NonNullable<StoryDetail["structured_story"]>;
export type Line = StructuredStory["chapters"][number]["lines"][number];
export type AudioState = Data<"get /api/v1/audio/status/{id}">;
/** A person's wish. */
export type StoryRequest = { [Field in keyof NewStoryBody]: string };

export interface PipelineEvent {
    type: string;
    agent?: string;
    agent_id?: string;
    activity?: string;
    progress?: number;
    message?: string;
    /** Activity texts by the agent's id. */
    activities?: Record<string, string[]>;
    /** What was unavailable to an agent. */
    warnings?: string[];
    session_id?: string;
    /** Of `agent_complete`: how long the agent took. */
    execution_time_ms?: number;
    /** Of `error`: the seconds after which the service can continue the story; without it, the run has failed. */
    retry_after?: number;
}

/** An event, with its id where it has one. */
export interface ReceivedEvent {
    id?: string;
    event: PipelineEvent;
}

/** A page of the stories, newest first: the first page, or the page of an earlier page's `next`. */
export const listStories = (next?: string, signal?: AbortSignal) =>
    call("get /api/v1/stories/list", { query: { next }, signal });

export const getStory = (id: string, signal?: AbortSignal) => call("get /api/v1/stories/{id}", { at: { id }, signal });

export const deleteStory = (id: string) => call("delete /api/v1/stories/{id}", { at: { id } });

export const shareStory = (id: string) => call("post /api/v1/stories/{id}/link", { at: { id } });

export const unshareStory = (id: string) => call("delete /api/v1/stories/{id}/link", { at: { id } });

/** The story of a link, with or without a session. */
export const getSharedStory = (token: string, signal?: AbortSignal) =>
    call("get /api/v1/shared/{token}", { at: { token }, signal, token: null });

/** The address to give away: previews of it show the story's title and cover. */
export const sharedPageAddress = (token: string) => addressOf("/api/v1/shared/{token}/page", { token });

export const sharedNarrationAddress = (token: string) => addressOf("/api/v1/shared/{token}/narration", { token });

export const regenerateSegment = (id: string, segment: number, user_request: string) =>
    call("post /api/v1/stories/{id}/segments/{segment}/regenerate", { at: { id, segment }, body: { user_request } });

export const regenerateImage = (id: string, image: number, user_request: string) =>
    call("post /api/v1/stories/{id}/images/{image}/regenerate", { at: { id, image }, body: { user_request } });

export const startNarration = (id: string) => call("post /api/v1/audio/generate/{id}", { at: { id }, body: {} });

export const narrationState = (id: string, signal?: AbortSignal) =>
    call("get /api/v1/audio/status/{id}", { at: { id }, signal });

/** The whole narration, an MP3. */
export const getNarration = async (id: string) =>
    (await send("get /api/v1/audio/download/{id}", { at: { id } })).blob();

/** The story as a file. */
export const getFile = async (id: string, format: "txt" | "json") =>
    (await send("get /api/v1/stories/{id}/download", { at: { id }, query: { format } })).blob();

/** A picture of the story by its file's name. */
export const getPicture = async (id: string, file: string) =>
    (await send("get /api/v1/images/{id}/{file}", { at: { id, file }, query: { inline: "true" } })).blob();

/** Downloads a file with the browser, named by a story's title. */
export function save(file: Blob, title: string, ending: string): void {
    const address = URL.createObjectURL(file);
    const link = document.createElement("a");
    link.href = address;
    link.download = `${title.replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-") || "story"}.${ending}`;
    link.click();
    URL.revokeObjectURL(address);
}

/** Starts a pipeline and streams its events. */
export async function* makeStory(wish: StoryRequest, signal: AbortSignal): AsyncGenerator<ReceivedEvent> {
    yield* told(await send("post /api/v1/story/generate-pipeline", { body: wish, signal }));
}

/** Streams a story's events after the id `lastSeen`. If no run makes the story, a new run continues it. */
export async function* followStory(
    id: string,
    lastSeen: string | undefined,
    signal: AbortSignal,
): AsyncGenerator<ReceivedEvent> {
    const headers = { Accept: "text/event-stream", ...(lastSeen === undefined ? {} : { "Last-Event-ID": lastSeen }) };
    yield* told(await send("get /api/v1/story/session/{session_id}", { at: { session_id: id }, headers, signal }));
}

/** Stops a story that is being made; finished stages stay. */
export const stopStory = (id: string) =>
    call("post /api/v1/story/session/{session_id}/stop", { at: { session_id: id } });

async function* told({ body, status }: Response): AsyncGenerator<ReceivedEvent> {
    if (!body) {
        throw new ApiError(status, "The service did not respond.");
    }
    const received: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => received.push(event) });
    for await (const text of texts(body)) {
        parser.feed(text);
        for (const { id, data } of received.splice(0)) {
            yield { id, event: JSON.parse(data) };
        }
    }
}

/** The service sends something every 15 seconds; a connection that is silent for longer than this is dead. */
const MAX_SILENCE_MS = 45_000;

/** Streams the text of a body. (Safari can't iterate a stream itself.) */
async function* texts(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const silence = setTimeout(() => void reader.cancel(), MAX_SILENCE_MS);
        const part = await reader.read().finally(() => clearTimeout(silence));
        if (part.done) {
            return;
        }
        yield part.value;
    }
}

/** The names in a path's braces. */
type Names<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The arguments of a call, from the contract. */
type Request<Call extends keyof AgentCalls> = (Names<Call> extends never
    ? { at?: undefined }
    : { at: Record<Names<Call>, string | number> }) &
    (undefined extends AgentCalls[Call]["body"] ? { body?: undefined } : { body: AgentCalls[Call]["body"] }) & {
        query?: AgentCalls[Call]["query"];
        headers?: Record<string, string>;
        signal?: AbortSignal;
        /** A token instead of the session's; null: none. */
        token?: string | null;
    };

/** Makes a call and returns its data. */
export async function call<Call extends keyof AgentCalls>(route: Call, request: Request<Call>): Promise<Data<Call>> {
    const answer = await (await send(route, request)).json();
    return answer.data ?? answer;
}

/** Sends a request; repeats it with a renewed token, or, if the session has ended, after its owner has signed in again. */
async function send<Call extends keyof AgentCalls>(
    route: Call,
    request: Request<Call>,
    mayRenew = true,
): Promise<Response> {
    const token = request.token === undefined ? session()?.idToken : (request.token ?? undefined);
    const response = await fetched(route, request, token);
    if (response.ok) {
        return response;
    }
    if (response.status === 401 && token !== undefined && request.token === undefined) {
        if (mayRenew && (await isRenewed(token))) {
            return await send(route, request, false);
        }
        await signedInAgain(token, request.signal);
        return await send(route, request);
    }
    const answer = await response.json().catch(() => ({}));
    throw new ApiError(
        response.status,
        answer.message ?? answer.error ?? `Something went wrong (${response.status}). Try again in a moment.`,
        answer.error,
    );
}

let renewal: Promise<boolean> | undefined;

/** Whether the session has another token than this one, which the service rejects; requests that ask at once share a renewal. */
async function isRenewed(token: string): Promise<boolean> {
    const at = session();
    if (at?.idToken !== token) {
        return at !== undefined;
    }
    renewal ??= renew(at).finally(() => {
        renewal = undefined;
    });
    return await renewal;
}

async function renew(at: Session): Promise<boolean> {
    if (at.refreshToken === undefined || at.ended) {
        return false;
    }
    try {
        renewWith(at, await refresh(at.refreshToken));
        return true;
    } catch (problem) {
        if (problem instanceof ApiError && problem.status === 401) {
            return false;
        }
        throw problem;
    }
}

/** New tokens of a sign-in. */
export const refresh = (refresh_token: string) =>
    call("post /api/v1/auth/refresh", { body: { refresh_token }, token: null });

async function fetched<Call extends keyof AgentCalls>(
    route: Call,
    { at, query, body, headers, signal }: Request<Call>,
    token?: string,
): Promise<Response> {
    const [method = "", path = ""] = route.split(" ");
    try {
        const response = await fetch(addressOf(path, at, query), {
            method: method.toUpperCase(),
            signal,
            headers: {
                ...headers,
                ...(route in BEGIN_TRACE ? { traceparent: newTrace() } : {}),
                ...(token ? { Authorization: `Bearer ${token}` } : {}),
                ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        noteCall(true);
        return response;
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        noteCall(false);
        throw new ApiError(0, "The service can't be reached. Check your connection and try again.");
    }
}

/** The calls that begin a trace with a person's action: what costs something is looked into afterwards. */
const BEGIN_TRACE: Record<CostlyAgentCall, true> = {
    "post /api/v1/story/generate-pipeline": true,
    "get /api/v1/story/session/{session_id}": true,
    "post /api/v1/stories/{id}/segments/{segment}/regenerate": true,
    "post /api/v1/stories/{id}/images/{image}/regenerate": true,
    "post /api/v1/audio/generate/{id}": true,
};

/** A new trace (W3C Trace Context); its id begins with the time, as X-Ray's do. */
function newTrace(): string {
    const random = [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => byte.toString(16).padStart(2, "0"));
    const seconds = Math.floor(Date.now() / 1_000).toString(16);
    return `00-${seconds}${random.slice(0, 12).join("")}-${random.slice(12).join("")}-01`;
}

/** A path with its parameters filled in, followed by the query. */
function addressOf(path: string, at: Record<string, string | number> = {}, query: object = {}): string {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(at[name] ?? ""));
    const asked = Object.entries(query).filter(([, value]) => value !== undefined);
    return asked.length === 0 ? filled : `${filled}?${new URLSearchParams(asked)}`;
}
