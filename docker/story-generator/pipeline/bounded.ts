/** Enforces the bounds of a run: a run that reaches a bound is stopped, and its finished stages are saved. */
import { BoundReached } from "../../shared/usage/bounds.ts";
import type { Usage } from "../../shared/usage/usage.ts";
import type { Caller } from "../access.ts";
import type { Work } from "../works/works.ts";

/** Runs `use`. Its calls are metered for the story, and the bounds are checked before each call. */
export async function withinBounds<T>(
    usage: Usage | undefined,
    caller: Caller,
    work: Work,
    use: () => Promise<T>,
): Promise<T> {
    if (!usage) {
        return use();
    }
    const bounded = await usage.bounded.run(caller, work.sessionId);
    const assertWithinBounds = async () => {
        try {
            await bounded.assertMay();
        } catch (error) {
            work.abort.abort(error);
            throw error;
        }
    };
    const { seconds } = bounded;
    const outOfTime = () => work.abort.abort(new BoundReached("secondsPerRun", seconds, 0, new Date()));
    const timer = seconds > 0 ? setTimeout(outOfTime, seconds * 1_000) : undefined;
    try {
        return await usage.meter.as({ userId: caller.userId, story: work.sessionId, assertWithinBounds }, use);
    } finally {
        clearTimeout(timer);
    }
}
