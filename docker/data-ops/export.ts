/** Exports all data of a user to ZIP archives in the same bucket: one archive per call, until the export is complete. */
import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { usageOf } from "../../contract/usage.ts";
import { badRequest } from "../shared/apiErrors.ts";
import { isTransient, type SessionsTable } from "../shared/sessionsTable.ts";
import type { Ledger } from "../shared/usage/ledger.ts";
import type { UserObjects } from "./objects.ts";

/** What holds users' data. */
export interface Stores {
    table: SessionsTable;
    objects: UserObjects;
    /** Undefined when usage is not counted. */
    ledger: Ledger | undefined;
}

export interface ExportResult {
    /** Whether this archive is the last one; otherwise a call with `next` makes the next archive. */
    complete: boolean;
    next?: string;
    archive: string;
    /** Lines of usage: one for each story, day and model. */
    usage: number;
    sessions: number;
    objects: number;
    /** Size of the objects in the bucket. */
    bytes: number;
}

/** Where an archive begins: after the line of usage, the session or the object `after`; `""`: at the first one. */
type Position = { part: "usage" | "sessions" | "objects"; after: string };

interface Entry {
    name: string;
    data: AsyncIterable<Uint8Array>;
    /** Pictures and audio are compressed already. */
    isCompressed: boolean;
}

/** Time reserved after the last object, for the rest of the upload and the answer. */
const RESERVED_MS = 10_000;
/** An object is started only if this rate is enough to copy it in time. */
const MIN_COPY_BYTES_PER_MS = 10_000;
/** Without ZIP64, which not every program reads, an archive is limited to 4 GiB and 65,535 entries. */
const MAX_ARCHIVE_BYTES = 2_000_000_000;
const MAX_ARCHIVE_OBJECTS = 10_000;

/**
 * Makes one archive of the data after `next`: `usage.jsonl`, `sessions.jsonl`, the objects under their keys, and
 * `contents.json`, which lists the contents. The archive is streamed, with a few upload parts in memory, and ends before the invocation does.
 *
 * @param remaining milliseconds until the invocation ends
 * @throws ApiError 400 when no earlier call returned this `next`
 */
export async function exportUser(
    stores: Stores,
    userId: string,
    next: string | undefined,
    remaining: () => number,
): Promise<ExportResult> {
    const { objects } = stores;
    const start = next === undefined ? firstPosition : positionIn(next, objects, userId);
    const made = new Archive(stores, userId, remaining);
    const created = new Date().toISOString();
    const key = `${objects.exportsPrefix(userId)}${created.replaceAll(/[:.]/g, "-")}.zip`;
    await objects.write(key, zipped(made.entries(start, created)), "application/zip");
    return {
        complete: made.next === undefined,
        ...(made.next ? { next: Buffer.from(JSON.stringify(made.next)).toString("base64url") } : {}),
        archive: `s3://${objects.bucket}/${key}`,
        ...made.counts,
    };
}

const firstPosition: Position = { part: "usage", after: "" };

function positionIn(token: string, objects: UserObjects, userId: string): Position {
    try {
        const { part, after } = JSON.parse(Buffer.from(token, "base64url").toString());
        const isRow = (part === "usage" || part === "sessions") && typeof after === "string";
        if (isRow || (part === "objects" && (after === "" || objects.isOwn(userId, after)))) {
            return { part, after };
        }
    } catch {
        // Not JSON.
    }
    throw badRequest(["next is not what an earlier call gave"]);
}

/** The contents of one archive, and the position where the next archive continues. */
class Archive {
    readonly counts = { usage: 0, sessions: 0, objects: 0, bytes: 0 };
    next: Position | undefined;
    readonly #table: SessionsTable;
    readonly #objects: UserObjects;
    readonly #ledger: Ledger | undefined;
    readonly #userId: string;
    readonly #remaining: () => number;

    constructor({ table, objects, ledger }: Stores, userId: string, remaining: () => number) {
        this.#table = table;
        this.#objects = objects;
        this.#ledger = ledger;
        this.#userId = userId;
        this.#remaining = remaining;
    }

    async *entries(start: Position, created: string): AsyncGenerator<Entry> {
        if (start.part === "usage" && this.#ledger) {
            yield { name: "usage.jsonl", data: this.#usage(this.#ledger, start.after), isCompressed: false };
        }
        if (start.part !== "objects" && !this.next) {
            const after = start.part === "sessions" ? start.after : "";
            yield { name: "sessions.jsonl", data: this.#sessions(after), isCompressed: false };
        }
        const copied: { key: string; bytes: number; content_type: string }[] = [];
        if (!this.next) {
            yield* this.#copies(start.part === "objects" ? start.after : "", copied);
        }
        const contents = {
            user_id: this.#userId,
            created_at: created,
            complete: this.next === undefined,
            ...this.counts,
            objects: copied,
        };
        yield { name: "contents.json", data: one(JSON.stringify(contents, null, 2)), isCompressed: false };
    }

    async *#usage(ledger: Ledger, after: string): AsyncGenerator<Uint8Array> {
        for await (const { rows, next } of ledger.ofPerson(this.#userId, after || undefined)) {
            const lines = rows.map((row) => {
                const { user_id: _, story, day, model, open: __, prompt_versions: ___, ...counters } = row;
                return `${JSON.stringify({ story, day, model, ...usageOf(counters) })}\n`;
            });
            yield Buffer.from(lines.join(""));
            this.counts.usage += rows.length;
            if (next !== undefined && this.#isOver(0)) {
                this.next = { part: "usage", after: next };
                return;
            }
        }
    }

    async *#sessions(after: string): AsyncGenerator<Uint8Array> {
        for await (const rows of this.#table.all(this.#userId, after)) {
            const sessions = rows.filter(({ session_id }) => !isTransient(session_id));
            yield Buffer.from(sessions.map((row) => `${JSON.stringify(row)}\n`).join(""));
            this.counts.sessions += sessions.length;
            const last = rows.at(-1);
            if (last && this.#isOver(0)) {
                this.next = { part: "sessions", after: last.session_id };
                return;
            }
        }
    }

    async *#copies(
        after: string,
        copied: { key: string; bytes: number; content_type: string }[],
    ): AsyncGenerator<Entry> {
        let last = after;
        for await (const { key, bytes } of this.#objects.list(this.#userId, after)) {
            if (key.startsWith(this.#objects.exportsPrefix(this.#userId))) {
                continue;
            }
            if (this.#isOver(bytes)) {
                this.next = { part: "objects", after: last };
                return;
            }
            const found = await this.#objects.open(key);
            if (found) {
                yield { name: `objects/${key}`, data: found.data, isCompressed: true };
                this.counts.objects += 1;
                this.counts.bytes += found.bytes;
                copied.push({ key, bytes: found.bytes, content_type: found.contentType });
            }
            last = key;
        }
    }

    /** Whether `bytes` more exceed the size or time limit. False for the first entry, so that each call makes progress. */
    #isOver(bytes: number): boolean {
        const { usage, sessions, objects, bytes: copied } = this.counts;
        const isFull = objects === MAX_ARCHIVE_OBJECTS || copied + bytes > MAX_ARCHIVE_BYTES;
        const isLate = this.#remaining() < RESERVED_MS + bytes / MIN_COPY_BYTES_PER_MS;
        return usage + sessions + objects > 0 && (isFull || isLate);
    }
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
}

/** The archive's bytes, generated on demand. */
async function* zipped(entries: AsyncIterable<Entry>): AsyncGenerator<Uint8Array> {
    const made: Uint8Array[] = [];
    const zip = new Zip((error, chunk) => {
        if (error) {
            throw error;
        }
        made.push(chunk);
    });
    for await (const { name, data, isCompressed } of entries) {
        const file = isCompressed ? new ZipPassThrough(name) : new ZipDeflate(name);
        zip.add(file);
        for await (const chunk of data) {
            file.push(chunk);
            yield* made.splice(0);
        }
        file.push(new Uint8Array(), true);
        yield* made.splice(0);
    }
    zip.end();
    yield* made.splice(0);
}
