import { Progress } from "../engine/progress.ts";
import { allExist, possiblyCreated } from "./takeOver.ts";

/**
 * Updates a stack. If AWS says that resources to create exist already, takes them over and repeats the update.
 *
 * @param update one update, which records its events in `progress`
 * @param owned which resources may exist though their creation failed: see {@link possiblyCreated}
 * @param takeOver takes over existing resources, and returns them
 * @throws the update's error, if nothing is taken over or something failed for another reason
 */
export async function retryTakingOver<Result>(
    update: (progress: Progress) => Promise<Result>,
    owned: Parameters<typeof possiblyCreated>[1],
    takeOver: (failed: Progress) => Promise<readonly unknown[] | undefined>,
): Promise<Result> {
    for (;;) {
        const progress = new Progress();
        try {
            return await update(progress);
        } catch (error) {
            if (possiblyCreated(progress, owned).length === 0) {
                throw error;
            }
            // If the lookup fails, for example without a network, the update's own error says more.
            const taken = await takeOver(progress).catch(() => undefined);
            if (!(taken?.length && allExist(progress))) {
                throw error;
            }
            // Each round takes over at least one resource, so that the loop ends.
        }
    }
}
