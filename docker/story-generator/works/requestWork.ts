/** Runs a request that writes to a story as a work on the person's work row; translates refusals into readers' messages. */
import { BoundReached } from "../../shared/usage/bounds.ts";
import { HttpError, notFound } from "../responses.ts";
import { StoryChanged, StoryGone } from "../sessions.ts";
import type { WorkKind } from "./workRows.ts";
import { type Refusal, ShuttingDown, Stopped, type Work, WorkRefused, type Works } from "./works.ts";

const REFUSALS: Record<Refusal, () => HttpError> = {
    draining: () => new HttpError(503, "Unavailable", "The service is being updated; try again in a moment.", after(5)),
    full: () =>
        new HttpError(
            503,
            "Unavailable",
            "The service is making as many stories as it can; try again in a minute.",
            after(60),
        ),
    "too-many-for-user": () =>
        new HttpError(
            429,
            "Too many at once",
            "You are already making as many stories as you may at once; wait for one to finish.",
            after(30),
        ),
    "already-running": () => new HttpError(409, "Already running", "This story is already being made."),
    removed: notFound,
};

/** Begins a work. Throws HttpError when the work is refused. */
export async function beginWork(works: Works, userId: string, sessionId: string, kind: WorkKind): Promise<Work> {
    return works.begin(userId, sessionId, kind).catch(asHttpError);
}

/** Runs `use` as a work of a story; afterwards the work ends, or waits in the background for paid calls. */
export async function asWork<Result>(
    works: Works,
    { userId, sessionId, kind }: { userId: string; sessionId: string; kind: WorkKind },
    use: (work: Work) => Promise<Result>,
): Promise<Result> {
    const work = await beginWork(works, userId, sessionId, kind);
    try {
        return await use(work);
    } catch (error) {
        work.isDoubtful = !(error instanceof HttpError || error instanceof StoryGone);
        return asHttpError(work.signal.aborted ? work.signal.reason : error);
    } finally {
        const ended = work.end();
        if (!work.isSettling) {
            await ended;
        }
    }
}

/** Throws the error in the form for the caller. */
export function asHttpError(error: unknown): never {
    if (error instanceof BoundReached) {
        throw new HttpError(429, "Bound reached", error.message, {
            ...(error.retryAfter === undefined ? {} : after(error.retryAfter)),
            fields: { bound: error.reached },
        });
    }
    if (error instanceof WorkRefused) {
        throw REFUSALS[error.refusal]();
    }
    if (error instanceof ShuttingDown) {
        throw REFUSALS.draining();
    }
    if (error instanceof StoryGone || error instanceof Stopped) {
        throw notFound();
    }
    if (error instanceof StoryChanged) {
        throw new HttpError(
            409,
            "Changed",
            "The story was changed elsewhere in the meantime; open it again and retry.",
        );
    }
    throw error;
}

function after(seconds: number) {
    return { headers: { "Retry-After": String(seconds) } };
}
