import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import {
    ApiError,
    followStory,
    getStory,
    makeStory,
    type PipelineEvent,
    type ReceivedEvent,
    type StoryRequest,
    stopStory,
} from "./api.ts";
import { INITIAL_PROGRESS, type Progress, progressAfter } from "./making/progress.ts";

/** Waiting times between reconnections to a story's events. */
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 15_000;
/** Statuses of an unreachable service; 0: of an unreachable network. */
const UNREACHABLE = [0, 502, 503, 504];
const LOST = "The connection was lost. The story goes on, and this page will show it again.";

interface Listening {
    events: AsyncGenerator<ReceivedEvent>;
    leaving: AbortController;
}

/** The form's last request. The form shows it again if no story begins. */
export interface LastRequest {
    wish: StoryRequest;
    /** The story of this request; its page continues the form's event stream. */
    begun?: { id: string; listening?: Listening };
}

/** Begins a story; returns as soon as the service has it. */
export async function beginStory(wish: StoryRequest): Promise<Required<LastRequest>> {
    const leaving = new AbortController();
    const events = makeStory(wish, leaving.signal);
    const { value: first } = await events.next();
    const id = first?.event.session_id;
    if (!id) {
        throw new Error("The connection was lost before the story was begun. Try again.");
    }
    return { wish, begun: { id, listening: { events, leaving } } };
}

/** The story could not be finished; the message is the service's. */
class RunFailed extends Error {}

/** The run of a story for its page. The run continues without the page; `stop` stops it. */
export function useStoryRun(id: string, last: RefObject<LastRequest | undefined>, onEnd: () => Promise<void>) {
    const [progress, setProgress] = useState<Progress>();
    const [failure, setFailure] = useState<unknown>();
    const [isStopping, setStopping] = useState(false);
    const current = useRef<AbortController>(undefined);

    const follow = useCallback(async () => {
        if (current.current) {
            return;
        }
        const listening = listeningTo(id, last.current);
        const { signal } = listening.leaving;
        current.current = listening.leaving;
        let state = INITIAL_PROGRESS;
        setFailure(undefined);
        setProgress(state);
        try {
            for await (const event of storyEvents(id, listening, () => setProgress({ ...state, message: LOST }))) {
                state = progressAfter(state, event);
                setProgress(state);
            }
        } catch (error) {
            if (!signal.aborted) {
                setFailure(error);
                if (last.current?.begun?.id === id) {
                    last.current = { wish: last.current.wish };
                }
            }
        }
        if (!signal.aborted) {
            // Loads the story's new state before the progress disappears.
            await onEnd();
            current.current = undefined;
            setProgress(undefined);
        }
    }, [id, last, onEnd]);

    useEffect(() => {
        const begun = last.current?.begun;
        if (begun?.id === id && begun.listening) {
            follow();
        }
        return () => {
            current.current?.abort();
            current.current = undefined;
        };
    }, [id, last, follow]);

    async function stop() {
        setStopping(true);
        // Not after the answer: the story's own events may have told of the stop before it.
        setFailure(undefined);
        await stopStory(id).catch(setFailure);
        setStopping(false);
    }

    return { progress, failure, isStopping, follow, stop };
}

/** The form's event stream of this story, or a new stream from the first event on. */
function listeningTo(id: string, last: LastRequest | undefined): Listening {
    const begun = last?.begun;
    if (begun?.id === id && begun.listening) {
        const { listening } = begun;
        begun.listening = undefined;
        return listening;
    }
    const leaving = new AbortController();
    return { events: followStory(id, undefined, leaving.signal), leaving };
}

/**
 * The events of a story until its run ends. A lost connection is reopened and gets the missed events; after the end of the
 * service's task, another task continues the story.
 *
 * @param onLost called when no event arrives for a while
 * @throws RunFailed, or an error that is not retryable
 */
async function* storyEvents(
    id: string,
    { events, leaving: { signal } }: Listening,
    onLost: () => void,
): AsyncGenerator<PipelineEvent> {
    let lastSeen: string | undefined;
    let pause = MIN_PAUSE_MS;
    for (let isFirst = true; ; isFirst = false) {
        try {
            // If the story was stopped meanwhile, only its person may continue it.
            if (!isFirst && (await getStory(id, signal)).status !== "running") {
                return;
            }
            for await (const { id: eventId, event } of isFirst ? events : followStory(id, lastSeen, signal)) {
                lastSeen = eventId ?? lastSeen;
                pause = MIN_PAUSE_MS;
                if (event.type === "complete") {
                    return;
                }
                if (event.type === "error") {
                    assertRetryable(event);
                    break;
                }
                yield event;
            }
        } catch (error) {
            rethrowUnlessLost(error);
        }
        onLost();
        await waitFor(pause, signal);
        pause = Math.min(pause * 2, MAX_PAUSE_MS);
    }
}

function assertRetryable({ message, retry_after }: PipelineEvent): void {
    if (retry_after === undefined) {
        throw new RunFailed(message ?? "The story could not be finished.");
    }
}

/** Throws unless the error is a lost connection or an unreachable service. */
function rethrowUnlessLost(error: unknown): void {
    const isLost = error instanceof ApiError ? UNREACHABLE.includes(error.status) : error instanceof TypeError;
    if (!isLost) {
        throw error;
    }
}

/** Waits; also ends when the browser is online again. */
async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        const now = () => {
            clearTimeout(timer);
            resolve();
        };
        signal.addEventListener("abort", now, { once: true });
        window.addEventListener("online", now, { once: true, signal });
    });
    signal.throwIfAborted();
}
