import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { expect } from "chai";
import { dataHandlers } from "../../../../docker/data-ops/handlers.ts";
import { UserObjects } from "../../../../docker/data-ops/objects.ts";
import type { SessionsTable } from "../../../../docker/shared/sessionsTable.ts";
import { Ledger } from "../../../../docker/shared/usage/ledger.ts";

const docker = createRequire(new URL("../../../../docker/package.json", import.meta.url));
const { S3Client } = docker("@aws-sdk/client-s3");
const { HttpResponse } = createRequire(docker.resolve("@aws-sdk/client-s3"))("@smithy/core/protocols");
const { unzipSync } = docker("fflate");

const MB = 1024 * 1024;

interface Asked {
    method: string;
    path: string;
    query: Record<string, string | undefined>;
    body?: Uint8Array | string;
}

/** A bucket that gives objects of zeros as fast as they are read, and takes the parts of an upload slowly. */
class SlowBucket {
    /** Bytes that were read and are not yet stored: what the one who copies them holds. */
    held = 0;
    mostHeld = 0;
    readonly #objects: Map<string, number>;
    readonly #parts: Buffer[] = [];

    constructor(objects: Record<string, number>) {
        this.#objects = new Map(Object.entries(objects));
    }

    /** The last archive that was stored. */
    takeArchive(): Record<string, Uint8Array> {
        return unzipSync(Buffer.concat(this.#parts.splice(0)));
    }

    readonly client = new S3Client({
        region: "us-east-1",
        endpoint: "http://bucket.invalid",
        forcePathStyle: true,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        requestChecksumCalculation: "WHEN_REQUIRED",
        requestHandler: { handle: async (asked: Asked) => ({ response: await this.#answer(asked) }) },
    });

    async #answer({ method, path, query, body = "" }: Asked) {
        if (query["list-type"]) {
            return answer(200, this.#page(query.prefix ?? "", query["start-after"] ?? ""));
        }
        if ("uploads" in query) {
            return answer(200, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
        }
        if (method === "PUT") {
            this.#parts.push(Buffer.from(body));
            await new Promise((resolve) => setTimeout(resolve, 20));
            this.held = Math.max(0, this.held - body.length);
            return answer(200, "", { etag: '"e"' });
        }
        if (method === "POST") {
            return answer(200, "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>");
        }
        const size = this.#objects.get(decodeURIComponent(path.replace("/bucket/", "")));
        return size === undefined
            ? answer(404, "<Error><Code>NoSuchKey</Code></Error>")
            : answer(200, Readable.from(this.#bytes(size)), { "content-length": String(size) });
    }

    async *#bytes(size: number) {
        for (let at = 0; at < size; at += MB / 4) {
            const chunk = Buffer.alloc(Math.min(MB / 4, size - at));
            this.held += chunk.length;
            this.mostHeld = Math.max(this.mostHeld, this.held);
            yield chunk;
        }
    }

    #page(prefix: string, after: string): string {
        const keys = [...this.#objects].filter(([key]) => key.startsWith(prefix) && key > after).sort();
        const contents = keys.map(([key, size]) => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`);
        return `<ListBucketResult>${contents.join("")}</ListBucketResult>`;
    }
}

function answer(statusCode: number, body: string | Readable, headers: Record<string, string> = {}) {
    return new HttpResponse({ statusCode, headers, body: typeof body === "string" ? Readable.from([body]) : body });
}

/** A table that gives its rows in pages of two. */
function tableOf(ids: string[]): SessionsTable {
    return {
        async *all(_user: string, after = "") {
            const left = ids.filter((id) => id > after);
            for (let at = 0; at < left.length; at += 2) {
                yield left.slice(at, at + 2).map((session_id) => ({ user_id: "gus", session_id }));
            }
        },
    } as unknown as SessionsTable;
}

/** A ledger in a table that gives its rows in pages of two. */
function ledgerOf(rows: { entry: string }[]): Ledger {
    const send = async ({ input }: { input: { ExclusiveStartKey?: { entry: string } } }) => {
        const left = rows.filter(({ entry }) => entry > (input.ExclusiveStartKey?.entry ?? ""));
        const Items = left.slice(0, 2);
        return {
            Items,
            LastEvaluatedKey: left.length > 2 ? { user_id: "gus", entry: Items.at(-1)?.entry } : undefined,
        };
    };
    return new Ledger({ send } as never, "usage");
}

const operations = (bucket: SlowBucket, ids: string[] = [], ledger?: Ledger) =>
    dataHandlers({
        table: tableOf(ids),
        objects: new UserObjects(bucket.client, "bucket", "AIWorkflow"),
        ledger,
    });

describe("The export of a user's data", () => {
    it("holds no more of it in memory than a few parts of an upload", async () => {
        const keys = Array.from({ length: 20 }, (_, at) => `users/gus/jobs/j/segment_${at + 10}.png`);
        const bucket = new SlowBucket(Object.fromEntries(keys.map((key) => [key, 8 * MB])));
        const { export_user_data: exportUser } = operations(bucket);
        const told = await exportUser({ user_id: "gus" }, () => Number.POSITIVE_INFINITY);
        expect(told).to.include({ complete: true, objects: 20, bytes: 160 * MB });
        expect(bucket.mostHeld).to.be.below(40 * MB);
    });

    it("goes on in another archive when the time is over, until all is written once", async () => {
        const sizes = {
            "users/gus/exports/earlier.zip": 100,
            "users/gus/jobs/exports/segment_1.png": 1,
            "users/gus/jobs/j/segment_1.png": 2,
            "AIWorkflow/gus/s1/session.json": 3,
            "AIWorkflow/users/gus/stories/old/story.json": 4,
        };
        const bucket = new SlowBucket(sizes);
        const { export_user_data: exportUser } = operations(bucket, ["a", "b", "c"]);
        const sessions: string[] = [];
        const objects: string[] = [];
        let next: string | undefined;
        let complete = false;
        for (let calls = 1; !complete; calls += 1) {
            expect(calls, "calls").to.be.at.most(10);
            // Each call has time for a single thing.
            const told = (await exportUser({ user_id: "gus", next }, () => 1_000)) as Record<string, unknown>;
            const files = bucket.takeArchive();
            const text = (name: string) => Buffer.from(files[name] ?? []).toString();
            const rows = text("sessions.jsonl").split("\n").filter(Boolean);
            sessions.push(...rows.map((row) => JSON.parse(row).session_id));
            const copies = Object.keys(files).filter((name) => name.startsWith("objects/"));
            objects.push(...copies.map((name) => name.slice("objects/".length)));
            const contents = JSON.parse(text("contents.json"));
            expect(contents).to.include({ user_id: "gus", sessions: rows.length, complete: told.complete });
            expect(contents.objects.map(({ key }: { key: string }) => `objects/${key}`)).to.deep.equal(copies);
            expect(told).to.include({ sessions: rows.length, objects: copies.length });
            complete = told.complete as boolean;
            expect(told.next === undefined).to.equal(complete);
            next = told.next as string;
        }
        expect(sessions).to.deep.equal(["a", "b", "c"]);
        expect(objects).to.have.members(Object.keys(sizes).slice(1)).and.to.have.length(4);
    });

    it("holds what the person used of each model, by story and day, without what only the ledger is kept by", async () => {
        const row = (story: string, model: string) => ({
            user_id: "gus",
            entry: `${story}#2026-11-02#${model}`,
            ...{ story, model, day: "2026-11-02", expires_at: 1_800_000_000 },
            ...{ calls: 2, input_tokens: 100, output_tokens: 50, nano_usd: 240_000, open_calls: new Set(["a-call"]) },
            prompt_versions: new Set(["1"]),
        });
        const ledger = ledgerOf([
            { entry: "#stories#2026-11", d02: new Set(["one", "two"]), stories: 2 } as { entry: string },
            row("one", "amazon.nova-pro-v1:0"),
            row("one", "lambda-x64"),
            row("two", "amazon.nova-pro-v1:0"),
        ]);
        for (const [remaining, calls] of [
            [60_000, 1],
            [1_000, 2],
        ] as const) {
            const bucket = new SlowBucket({});
            const { export_user_data: exportUser } = operations(bucket, [], ledger);
            const lines: Record<string, unknown>[] = [];
            const counts: number[] = [];
            let next: string | undefined;
            do {
                const told = (await exportUser({ user_id: "gus", next }, () => remaining)) as Record<string, unknown>;
                const text = Buffer.from(bucket.takeArchive()["usage.jsonl"] ?? []).toString();
                const own = text.split("\n").filter(Boolean);
                lines.push(...own.map((line) => JSON.parse(line)));
                expect(told.usage).to.equal(own.length);
                counts.push(own.length);
                next = told.next as string | undefined;
            } while (next);
            expect(counts).to.have.length(calls);
            expect(lines.map(({ story, model }) => `${story} ${model}`)).to.deep.equal([
                "one amazon.nova-pro-v1:0",
                "one lambda-x64",
                "two amazon.nova-pro-v1:0",
            ]);
            expect(lines[0]).to.include({ day: "2026-11-02", calls: 2, input_tokens: 100, usd: 0.00024 });
            expect(lines[0]).to.not.have.any.keys(
                "user_id",
                "entry",
                "open",
                "open_calls",
                "expires_at",
                "nano_usd",
                "prompt_versions",
            );
        }
    });

    it("begins where an earlier call of the same user ended, and nowhere else", async () => {
        const { export_user_data: exportUser } = operations(new SlowBucket({}));
        for (const next of [
            "nonsense",
            token({ part: "objects", after: "users/hal/x" }),
            token({ part: "x" }),
            token([]),
        ]) {
            const refused = await exportUser({ user_id: "gus", next }, () => 60_000).catch((error) => error);
            expect(refused).to.include({ status: 400 });
        }
    });

    it("refuses to read an object that is too large for an answer without reading it", async () => {
        const bucket = new SlowBucket({ "users/gus/large": 500 * MB });
        const { read_object } = operations(bucket);
        const asked = { user_id: "gus", key: "users/gus/large" };
        const refused = await read_object(asked, () => 60_000).catch((error) => error);
        expect(refused).to.include({ status: 400 });
        expect(bucket.mostHeld).to.be.below(40 * MB);
    });
});

const token = (position: unknown) => Buffer.from(JSON.stringify(position)).toString("base64url");
