/** Runs a request that writes to a story as a work on the person's work row; translates refusals into readers' messages. */
import { BoundReached } from "../../shared/usage/bounds.ts";
import { HttpError, notFound } from "../responses.ts";
import { StoryChanged, StoryGone } from "../sessions.ts";
import { type WorkKind, WorkRowBusy } from "./workRows.ts";
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

/** Runs `use` as a work of a story; afterwards the work ends, or waits in the background for paid calls. */
export async function asWork<Result>(
    works: Works,
    { userId, sessionId, kind }: { userId: string; sessionId: string; kind: WorkKind },
    use: (work: Work) => Promise<Result>,
): Promise<Result> {
    const work = await works.begin(userId, sessionId, kind);
    try {
        return await use(work);
    } catch (error) {
        work.isDoubtful = !(error instanceof HttpError || error instanceof StoryGone);
        throw work.signal.aborted ? work.signal.reason : error;
    } finally {
        const ended = work.end();
        if (!work.isSettling) {
            await ended;
        }
    }
}

/** The error in a reader's words; undefined when it is none that a reader causes or can wait out. */
export function httpErrorOf(error: unknown): HttpError | undefined {
    if (error instanceof HttpError) {
        return error;
    }
    if (error instanceof BoundReached) {
        return new HttpError(429, "Bound reached", error.message, {
            ...(error.retryAfter === undefined ? {} : after(error.retryAfter)),
            fields: { bound: error.reached },
        });
    }
    if (error instanceof WorkRefused) {
        return REFUSALS[error.refusal]();
    }
    if (error instanceof ShuttingDown) {
        return REFUSALS.draining();
    }
    if (error instanceof WorkRowBusy) {
        return new HttpError(
            503,
            "Unavailable",
            "Too much is being done for you at once; try again in a moment.",
            after(5),
        );
    }
    if (error instanceof StoryGone || error instanceof Stopped) {
        return notFound();
    }
    if (error instanceof StoryChanged) {
        return new HttpError(
            409,
            "Changed",
            "The story was changed elsewhere in the meantime; open it again and retry.",
        );
    }
    return undefined;
}

function after(seconds: number) {
    return { headers: { "Retry-After": String(seconds) } };
}
