/** The handlers of the data operations. */
import { buffer } from "node:stream/consumers";
import type { z } from "zod";
import type { DataOperation, dataOperations } from "../../contract/dataOps.ts";
import { ApiError, badRequest } from "../shared/apiErrors.ts";
import { exportUser, type Stores } from "./export.ts";

type Input<Name extends DataOperation> = z.output<(typeof dataOperations)[Name]>;
/** Milliseconds until Lambda ends the invocation. */
type Remaining = () => number;
type Handlers = { [Name in DataOperation]: (input: Input<Name>, remaining: Remaining) => Promise<object> };

/** Lambda limits an answer to 6 MB, and base64 adds a third. */
const MAX_READ_BYTES = 4_000_000;
/** A deletion with less time left than this stops and answers that it isn't finished. */
const RESERVED_MS = 10_000;

export function dataHandlers({ table, objects, ledger }: Stores): Handlers {
    return {
        put_session: async (input) => {
            const timestamp = input.timestamp ?? Date.now();
            const isPut = await table.put({
                user_id: input.user_id,
                session_id: input.session_id,
                timestamp,
                route: input.route,
                request: JSON.stringify(input.request ?? null),
                response: JSON.stringify(input.response ?? null),
                created_at: new Date(timestamp).toISOString(),
            });
            if (!isPut) {
                throw new ApiError(409, "conflict", "A story of the agent service stands under this session_id");
            }
            return { user_id: input.user_id, session_id: input.session_id, timestamp };
        },
        query_sessions: (input) => query(table, input),
        read_object: async ({ user_id, key }) => {
            objects.assertOwn(user_id, key);
            const found = await objects.open(key);
            if (!found) {
                throw new ApiError(404, "not_found", "There is no such object");
            }
            const { data, bytes, contentType } = found;
            if (bytes > MAX_READ_BYTES) {
                data.destroy();
                throw badRequest([`the object has ${bytes} bytes; at most ${MAX_READ_BYTES} can be read this way`]);
            }
            return { key, content_type: contentType, bytes, base64: (await buffer(data)).toString("base64") };
        },
        export_user_data: ({ user_id, next }, remaining) =>
            exportUser({ table, objects, ledger }, user_id, next, remaining),
        delete_user_data: ({ user_id }, remaining) => deleteUser({ table, objects, ledger }, user_id, remaining),
    };
}

async function query(table: Stores["table"], input: Input<"query_sessions">): Promise<object> {
    const { rows, next } = await table.page({
        userId: input.user_id,
        route: input.route,
        from: input.from,
        to: input.to,
        limit: input.limit,
        next: input.next === undefined ? undefined : pageStart(input.next),
    });
    return {
        sessions: rows.map((row) => ({
            ...row,
            // Readers know a row by the id of its job.
            session_id: row.job_id ?? row.session_id,
            request: parsed(row.request),
            response: parsed(row.response),
        })),
        ...(next ? { next: Buffer.from(JSON.stringify(next)).toString("base64url") } : {}),
    };
}

function pageStart(token: string): Record<string, unknown> {
    try {
        return JSON.parse(Buffer.from(token, "base64url").toString());
    } catch {
        throw badRequest(["next is not what an earlier page gave"]);
    }
}

/** Rows of other writers may contain anything. */
function parsed(json: string): unknown {
    try {
        return JSON.parse(json);
    } catch {
        return json;
    }
}

/** Removes the user's data; a call after a time-out removes the rest. */
async function deleteUser({ table, objects, ledger }: Stores, userId: string, remaining: Remaining): Promise<object> {
    const counts = { sessions: 0, objects: 0 };
    const outOfTime = () => remaining() < RESERVED_MS;
    for (let removed = 1; removed > 0; ) {
        if (outOfTime()) {
            return { complete: false, ...counts };
        }
        removed = await objects.removeSome(userId);
        counts.objects += removed;
    }
    for await (const rows of table.all(userId)) {
        for (const row of rows) {
            await table.remove(userId, row.session_id);
            counts.sessions += 1;
        }
        if (outOfTime()) {
            return { complete: false, ...counts };
        }
    }
    for await (const _removed of ledger?.erase(userId) ?? []) {
        if (outOfTime()) {
            return { complete: false, ...counts };
        }
    }
    return { complete: true, ...counts };
}
