/**
 * Calls that their callers name by a header `Idempotency-Key`, and may send again: the first is made, one that comes while that
 * is under way is refused, and one after it gets its answer (draft-ietf-httpapi-idempotency-key-header-06, section 2).
 */
import { createHash, randomUUID } from "node:crypto";
import { ApiError } from "./apiErrors.ts";
import type { IdempotentRow, SessionRow, SessionsTable } from "./sessionsTable.ts";

/** A call that is sent while the same is under way may find its answer so many seconds later. */
const RETRY_AFTER_SECONDS = 2;

/**
 * Takes the call's place in the table, for as long as a call can take, or gives what it was answered before. One that failed,
 * whose answer is too large for a row, or that never ended, is made again.
 *
 * @param row what is known of the call by now
 * @param keepsWork whether the call is made again in any case, also for another request, and goes on from what it made before
 * @param patienceMs how long a call takes at most. The clocks of two functions are compared, so a call has to give up before.
 * @throws ApiError 409 when the call is under way, 422 when its name is that of another request
 */
export async function beginCall(
    table: SessionsTable,
    row: SessionRow,
    keepsWork: boolean,
    timeoutMs: number,
): Promise<{ held: IdempotentRow } | { answer: object }> {
    const held: IdempotentRow = {
        ...row,
        version: randomUUID(),
        request_hash: createHash("sha256").update(row.request).digest("hex"),
        held_until: new Date(Date.now() + timeoutMs).toISOString(),
    };
    let earlier: string | undefined;
    for (;;) {
        const { isPut, there } = await table.replace(held, earlier);
        if (isPut) {
            return { held };
        }
        if (there && there.request_hash !== held.request_hash && !keepsWork) {
            throw new ApiError(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key is that of another request. Give each request its own.",
            );
        }
        const answer = keepsWork ? undefined : answerIn(there);
        if (answer) {
            return { answer };
        }
        if (there?.held_until && there.held_until > new Date().toISOString()) {
            throw new ApiError(409, "call_under_way", "This call is under way already. Ask again in a moment.", {
                retryAfter: RETRY_AFTER_SECONDS,
            });
        }
        earlier = there?.version;
    }
}

/** Writes the answer of a call that has its place in the table; where that is gone, what was removed does not come back. */
export async function endCall(table: SessionsTable, held: IdempotentRow, response: string): Promise<void> {
    const { held_until: _until, ...row } = held;
    await table.replace({ ...row, version: randomUUID(), response }, held.version);
}

/** The answer of a call that succeeded, unless it was cut. */
function answerIn(row: Partial<IdempotentRow> | undefined): object | undefined {
    const answer = row?.response === undefined ? undefined : JSON.parse(row.response);
    return answer?.success === true ? answer : undefined;
}
