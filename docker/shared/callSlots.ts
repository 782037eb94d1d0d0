/**
 * How many calls of a function one person may have under way at once. Each takes a slot in the table, so that they are counted
 * over all instances of the function, whoever sends them.
 */
import { randomUUID } from "node:crypto";
import { ApiError } from "./apiErrors.ts";
import { type SessionsTable, slotKey } from "./sessionsTable.ts";

/** More than the agent service asks for at once, for the runs and the parts that one person may have there. */
export const MAX_CONCURRENT_CALLS = 10;
/** A slot may be free again so many seconds later. */
const RETRY_AFTER_SECONDS = 5;

/** Frees a slot. It fails for nothing: a slot that stays taken is free when its call can't be under way any more. */
export type ReleaseSlot = () => Promise<void>;

/**
 * Takes one of the person's slots of a function, for as long as the call can take.
 *
 * @param until when the call is over at most, in milliseconds since 1970. The clocks of two functions are compared.
 * @throws ApiError 429 when all are taken
 */
export async function takeSlot(table: SessionsTable, userId: string, of: string, until: number): Promise<ReleaseSlot> {
    const version = randomUUID();
    // Begun anywhere, so that calls which come at the same time seldom meet.
    const first = Math.floor(Math.random() * MAX_CONCURRENT_CALLS);
    for (let at = 0; at < MAX_CONCURRENT_CALLS; at += 1) {
        const slot = { user_id: userId, session_id: slotKey(of, (first + at) % MAX_CONCURRENT_CALLS), version };
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
