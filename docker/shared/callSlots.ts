/**
 * Limits the concurrent calls of one person to a function. Each call takes a slot in the table, so that the limit holds over
 * all instances of the function, whoever sends the calls.
 */
import { randomUUID } from "node:crypto";
import { ApiError } from "./apiErrors.ts";
import { type SessionsTable, slotKey } from "./sessionsTable.ts";

/** Higher than the agent service's concurrency for the runs and parts of one person. */
export const MAX_CONCURRENT_CALLS = 10;
/** Seconds after which a slot may be free again. */
const RETRY_AFTER_SECONDS = 5;

/** Frees a slot. Never throws: a slot that could not be freed expires when its call must have ended. */
export type ReleaseSlot = () => Promise<void>;

/**
 * Takes one of the person's slots of a function until the call must have ended.
 *
 * @param until latest end of the call, in milliseconds since 1970, compared with the clocks of other functions
 * @throws ApiError 429 when all slots are taken
 */
export async function takeSlot(
    table: SessionsTable,
    userId: string,
    functionName: string,
    until: number,
): Promise<ReleaseSlot> {
    const version = randomUUID();
    // Starts at a random slot, so that simultaneous calls seldom conflict.
    const first = Math.floor(Math.random() * MAX_CONCURRENT_CALLS);
    for (let at = 0; at < MAX_CONCURRENT_CALLS; at += 1) {
        const slot = {
            user_id: userId,
            session_id: slotKey(functionName, (first + at) % MAX_CONCURRENT_CALLS),
            version,
        };
        if (await table.takeSlot({ ...slot, held_until: new Date(until).toISOString() })) {
            return () => table.freeSlot(slot).catch(() => undefined);
        }
    }
    throw new ApiError(
        429,
        "too_many_calls",
        "You already have as many calls under way as you may at once. Wait for one to finish.",
        { retryAfter: RETRY_AFTER_SECONDS },
    );
}
