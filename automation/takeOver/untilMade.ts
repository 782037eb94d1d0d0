import { Progress } from "../engine/progress.ts";
import { allExist, unsureIn } from "./takeOver.ts";

/**
 * Updates a stack; where AWS says that something exists already which the update was to make, it is taken over and the
 * rest made then.
 *
 * @param update one update; it tells the progress what happens
 * @param extent what may be there though the update failed to make it, as {@link unsureIn} has it
 * @param takeOver takes over what is there, and says what that was
 * @throws what the update throws, where nothing is taken over or something failed for another reason
 */
export async function untilMade<Result>(
    update: (seen: Progress) => Promise<Result>,
    extent: Parameters<typeof unsureIn>[1],
    takeOver: (failed: Progress) => Promise<readonly unknown[] | undefined>,
): Promise<Result> {
    for (;;) {
        const seen = new Progress();
        try {
            return await update(seen);
        } catch (error) {
            if (unsureIn(seen, extent).length === 0) {
                throw error;
            }
            // Where it can't be looked for, as without a network, the update's own error says more.
            const taken = await takeOver(seen).catch(() => undefined);
            if (!(taken?.length && allExist(seen))) {
                throw error;
            }
            // Each round takes over something: it comes to an end.
        }
    }
}
