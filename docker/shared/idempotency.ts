/**
 * Calls with a header `Idempotency-Key`, which callers may retry: the first call is executed, a retry during its execution is
 * refused, and a later retry gets its answer (draft-ietf-httpapi-idempotency-key-header-06, section 2).
 */
import { createHash, randomUUID } from "node:crypto";
import { ApiError } from "./apiErrors.ts";
import type { IdempotentRow, SessionRow, SessionsTable } from "./sessionsTable.ts";

/** Seconds after which a retry during the first call's execution may find the answer. */
const RETRY_AFTER_SECONDS = 2;

/**
 * Writes the call's row, which blocks retries for as long as a call can take, or returns the stored answer. A call that
 * failed, whose answer is too large for a row, or that never ended, is executed again.
 *
 * @param row the call's fields that are known before its execution
 * @param keepsWork whether the call is executed in any case, also for another request, and continues from its earlier results
 * @param timeoutMs longest duration of a call. The clocks of two functions are compared, so a call has to end earlier.
 * @throws ApiError 409 when the call is being executed, 422 when another request has the same key
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
        const { isPut, existing } = await table.replace(held, earlier);
        if (isPut) {
            return { held };
        }
        if (existing && existing.request_hash !== held.request_hash && !keepsWork) {
            throw new ApiError(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key is that of another request. Give each request its own.",
            );
        }
        const answer = keepsWork ? undefined : answerIn(existing);
        if (answer) {
            return { answer };
        }
        if (existing?.held_until && existing.held_until > new Date().toISOString()) {
            throw new ApiError(409, "call_under_way", "This call is under way already. Ask again in a moment.", {
                retryAfter: RETRY_AFTER_SECONDS,
            });
        }
        earlier = existing?.version;
    }
}

/** Writes the answer into the call's row; a row that was removed meanwhile is not created again. */
export async function endCall(table: SessionsTable, held: IdempotentRow, response: string): Promise<void> {
    const { held_until: _until, ...row } = held;
    await table.replace({ ...row, version: randomUUID(), response }, held.version);
}

/** The stored answer of a successful call, unless the answer was cut. */
function answerIn(row: Partial<IdempotentRow> | undefined): object | undefined {
    const answer = row?.response === undefined ? undefined : JSON.parse(row.response);
    return answer?.success === true ? answer : undefined;
}
