/** What each data operation does. */
import { PassThrough } from "node:stream";
import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import type { z } from "zod";
import type { DataOperation, dataOperations } from "../../contract/dataOps.ts";
import { ApiError, badRequest } from "../shared/apiErrors.ts";
import type { SessionRow, SessionsTable } from "../shared/sessionsTable.ts";
import type { UserObjects } from "./objects.ts";

type Input<Name extends DataOperation> = z.output<(typeof dataOperations)[Name]>;
/** Milliseconds until Lambda ends the invocation. */
type Remaining = () => number;
type Answers = { [Name in DataOperation]: (input: Input<Name>, remaining: Remaining) => Promise<object> };

/** Lambda takes no answer over 6 MB, and base64 adds a third. */
const MOST_READ_BYTES = 4_000_000;
/** A deletion that has less time than this left says that it isn't finished. */
const TIME_TO_ANSWER_MS = 10_000;

export function dataAnswers({ table, objects }: { table: SessionsTable; objects: UserObjects }): Answers {
    return {
        put_session: async (input) => {
            const timestamp = input.timestamp ?? Date.now();
            await table.put({
                user_id: input.user_id,
                session_id: input.session_id,
                timestamp,
                route: input.route,
                request: JSON.stringify(input.request ?? null),
                response: JSON.stringify(input.response ?? null),
                created_at: new Date(timestamp).toISOString(),
            });
            return { user_id: input.user_id, session_id: input.session_id, timestamp };
        },
        query_sessions: (input) => query(table, input),
        read_object: async ({ user_id, key }) => {
            objects.assertOwn(user_id, key);
            const found = await objects.read(key);
            if (!found) {
                throw new ApiError(404, "not_found", "There is no such object");
            }
            if (found.data.length > MOST_READ_BYTES) {
                throw badRequest([
                    `the object has ${found.data.length} bytes; at most ${MOST_READ_BYTES} can be read this way`,
                ]);
            }
            return {
                key,
                content_type: found.contentType,
                bytes: found.data.length,
                base64: found.data.toString("base64"),
            };
        },
        export_user_data: ({ user_id }) => exportUser(table, objects, user_id),
        delete_user_data: ({ user_id }, remaining) => deleteUser(table, objects, user_id, remaining),
    };
}

async function query(table: SessionsTable, input: Input<"query_sessions">): Promise<object> {
    const { rows, next } = await table.page({
        userId: input.user_id,
        route: input.route,
        from: input.from,
        to: input.to,
        limit: input.limit,
        next: input.next === undefined ? undefined : pageStart(input.next),
    });
    return {
        sessions: rows.map((row) => ({ ...row, request: parsed(row.request), response: parsed(row.response) })),
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

/** Rows of other writers may hold anything. */
function parsed(json: string): unknown {
    try {
        return JSON.parse(json);
    } catch {
        return json;
    }
}

/** One archive with all sessions and all objects, written as it is made so that its size doesn't matter. */
async function exportUser(table: SessionsTable, objects: UserObjects, userId: string): Promise<object> {
    const key = `users/${userId}/exports/${new Date().toISOString().replaceAll(/[:.]/g, "-")}.zip`;
    const stream = new PassThrough();
    const zip = new Zip((error, chunk, final) => {
        if (error) {
            stream.destroy(error);
        } else {
            stream.write(chunk);
            if (final) {
                stream.end();
            }
        }
    });
    const upload = objects.write(key, stream, "application/zip");
    const counts = { sessions: 0, objects: 0 };
    const fill = async () => {
        const sessions = new ZipDeflate("sessions.jsonl");
        zip.add(sessions);
        for await (const rows of table.all(userId)) {
            counts.sessions += rows.length;
            sessions.push(Buffer.from(rows.map((row: SessionRow) => `${JSON.stringify(row)}\n`).join("")));
        }
        sessions.push(new Uint8Array(), true);
        for await (const object of objects.list(userId)) {
            const found = object.key.includes("/exports/") ? undefined : await objects.read(object.key);
            if (found) {
                // Pictures and audio are compressed already.
                const entry = new ZipPassThrough(`objects/${object.key}`);
                zip.add(entry);
                entry.push(found.data, true);
                counts.objects += 1;
            }
        }
        zip.end();
    };
    await Promise.all([upload, fill().catch((error: Error) => stream.destroy(error))]);
    return { archive: `s3://${objects.bucket}/${key}`, ...counts };
}

/** Removes what there is; called again after a time-out it goes on with the rest. */
async function deleteUser(
    table: SessionsTable,
    objects: UserObjects,
    userId: string,
    remaining: Remaining,
): Promise<object> {
    const counts = { sessions: 0, objects: 0 };
    const outOfTime = () => remaining() < TIME_TO_ANSWER_MS;
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
    return { complete: true, ...counts };
}
