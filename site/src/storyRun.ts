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

/** Times between the tries to hear of a story again. */
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 15_000;
/** Statuses of a service that is not there just now; 0: of a network that isn't. */
const UNREACHABLE = [0, 502, 503, 504];
const LOST = "The connection was lost. The story goes on, and this page will show it again.";

interface Listening {
    events: AsyncGenerator<ReceivedEvent>;
    leaving: AbortController;
}

/** What the form was sent with last. It stands there again where no story comes of it. */
export interface LastRequest {
    wish: StoryRequest;
    /** The story that is being made of it; its page listens on where the form ended. */
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

/** A story that is being made, as its page hears of it. It goes on without the page; `stop` stops it. */
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
            for await (const event of heard(id, listening, () => setProgress({ ...state, message: LOST }))) {
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
            // What has become of the story is known before its progress goes.
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
        await stopStory(id).then(() => setFailure(undefined), setFailure);
        setStopping(false);
    }

    return { progress, failure, isStopping, follow, stop };
}

/** What the form has begun to hear of this story, or what is heard of it from its first event on. */
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
 * The events of a story until it is made, or not being made any more. A connection that is lost is made again, and tells
 * what was missed; where the task of the service behind it has ended, the next one goes on with the story.
 *
 * @param onLost told when nothing is heard for a while
 * @throws RunFailed, or an error that trying again does not mend
 */
async function* heard(
    id: string,
    { events, leaving: { signal } }: Listening,
    onLost: () => void,
): AsyncGenerator<PipelineEvent> {
    let lastSeen: string | undefined;
    let pause = MIN_PAUSE_MS;
    for (let isFirst = true; ; isFirst = false) {
        try {
            // Somebody may have stopped it in the meantime: then it is theirs to go on with.
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
            assertLost(error);
        }
        onLost();
        await waited(pause, signal);
        pause = Math.min(pause * 2, MAX_PAUSE_MS);
    }
}

function assertRetryable({ message, retry_after }: PipelineEvent): void {
    if (retry_after === undefined) {
        throw new RunFailed(message ?? "The story could not be finished.");
    }
}

/** A request that did not reach the service, or a connection that broke. */
function assertLost(error: unknown): void {
    const isLost = error instanceof ApiError ? UNREACHABLE.includes(error.status) : error instanceof TypeError;
    if (!isLost) {
        throw error;
    }
}

/** Also ends when the browser finds its network again. */
async function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
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
