/** The bucket, as far as the service uses it: small JSON objects, pictures to sign, and audio to read in ranges. */
import { Readable } from "node:stream";
import {
    DeleteObjectsCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    NoSuchKey,
    PutObjectCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

/** One hour: what clients expect of an address that needs no token. */
const SIGNED_FOR_SECONDS = 3600;

export interface StoredObject {
    key: string;
    bytes: number;
    modified: Date;
}

/** An object as it was read. */
export interface Tagged {
    body: Buffer;
    tag: string;
    /** Its media type, as whoever wrote it named it. */
    type?: string;
}

/** Tries of a conditional write that another one at the same time keeps from being decided. */
const MAX_CONFLICTS = 5;

export class ObjectStore {
    readonly #s3: S3Client;
    readonly bucket: string;

    constructor(s3: S3Client, bucket: string) {
        this.#s3 = s3;
        this.bucket = bucket;
    }

    /** The whole object, undefined where there is none. */
    async read(key: string, signal?: AbortSignal): Promise<Buffer | undefined> {
        return (await this.readTagged(key, signal))?.body;
    }

    /** The whole object with the tag of this version of it, undefined where there is none. */
    async readTagged(key: string, signal?: AbortSignal): Promise<Tagged | undefined> {
        try {
            const found = await this.#s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }), {
                abortSignal: signal,
            });
            const { Body, ETag: tag = "", ContentType: type } = found;
            return Body && { body: Buffer.from(await Body.transformToByteArray()), tag, type };
        } catch (error) {
            if (isMissing(error)) {
                return undefined;
            }
            throw error;
        }
    }

    /** Bytes `start` to `end`, both included, as they arrive; without `end` all the rest. */
    async readRange(key: string, start: number, end?: number, signal?: AbortSignal): Promise<Readable> {
        const found = await this.#s3.send(
            new GetObjectCommand({ Bucket: this.bucket, Key: key, Range: `bytes=${start}-${end ?? ""}` }),
            { abortSignal: signal },
        );
        if (!(found.Body instanceof Readable)) {
            throw new Error(`the bucket gave no body for ${key}`);
        }
        return found.Body;
    }

    /** The first `bytes` of an object, or all of a smaller one. */
    async readStart(key: string, bytes: number): Promise<Buffer> {
        const start = new GetObjectCommand({ Bucket: this.bucket, Key: key, Range: `bytes=0-${bytes - 1}` });
        const { Body } = await this.#s3.send(start);
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
    }

    async write(key: string, body: string | Buffer, contentType: string): Promise<void> {
        await this.#s3.send(
            new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: contentType }),
        );
    }

    /**
     * Writes the object where it still is the version of that tag, or, without a tag, where there is none: the new version's
     * tag, undefined where it was not so. An answer that was lost, and whose write the client tried again, is no refusal.
     */
    async writeIf(
        key: string,
        body: string,
        contentType: string,
        tag: string | undefined,
    ): Promise<string | undefined> {
        const condition = tag === undefined ? { IfNoneMatch: "*" } : { IfMatch: tag };
        for (let attempt = 1; ; attempt += 1) {
            try {
                const written = await this.#s3.send(
                    new PutObjectCommand({
                        Bucket: this.bucket,
                        Key: key,
                        Body: body,
                        ContentType: contentType,
                        ...condition,
                    }),
                );
                return written.ETag ?? "";
            } catch (error) {
                // Two such writes at once; S3 wants the one that it refuses so to be sent again.
                if ((error as Error).name === "ConditionalRequestConflict" && attempt < MAX_CONFLICTS) {
                    continue;
                }
                if (!isRefused(error)) {
                    throw error;
                }
                const there = await this.readTagged(key);
                return there?.body.toString("utf8") === body ? there.tag : undefined;
            }
        }
    }

    /** Writes what `parts` gives without holding it all in memory. */
    async writeStream(
        key: string,
        parts: AsyncIterable<Buffer>,
        contentType: string,
        signal: AbortSignal,
    ): Promise<void> {
        const upload = new Upload({
            client: this.#s3,
            params: { Bucket: this.bucket, Key: key, Body: Readable.from(parts), ContentType: contentType },
            queueSize: 1,
        });
        const abort = () => void upload.abort();
        signal.addEventListener("abort", abort, { once: true });
        try {
            await upload.done();
        } finally {
            signal.removeEventListener("abort", abort);
        }
    }

    /** Keys and sizes under `prefix`, and when each was written. */
    async list(prefix: string): Promise<StoredObject[]> {
        const found: StoredObject[] = [];
        let token: string | undefined;
        do {
            const page = await this.#s3.send(
                new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }),
            );
            for (const { Key, Size, LastModified } of page.Contents ?? []) {
                if (Key) {
                    found.push({ key: Key, bytes: Size ?? 0, modified: LastModified ?? new Date(0) });
                }
            }
            token = page.NextContinuationToken;
        } while (token);
        return found;
    }

    /** The names of the folders under `prefix`. */
    async folders(prefix: string): Promise<string[]> {
        const found: string[] = [];
        let token: string | undefined;
        do {
            const page = await this.#s3.send(
                new ListObjectsV2Command({
                    Bucket: this.bucket,
                    Prefix: prefix,
                    Delimiter: "/",
                    ContinuationToken: token,
                }),
            );
            found.push(...(page.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix.slice(prefix.length, -1)));
            token = page.NextContinuationToken;
        } while (token);
        return found;
    }

    /** Removes everything under `prefix`, and says how many objects that were. */
    async removeAll(prefix: string): Promise<number> {
        const keys = (await this.list(prefix)).map(({ key }) => ({ Key: key }));
        for (let from = 0; from < keys.length; from += 1000) {
            const batch = { Objects: keys.slice(from, from + 1000), Quiet: true };
            const answer = await this.#s3.send(new DeleteObjectsCommand({ Bucket: this.bucket, Delete: batch }));
            if (answer.Errors?.length) {
                throw new Error(`the bucket kept ${answer.Errors.length} objects under ${prefix}`);
            }
        }
        return keys.length;
    }

    /** An address that anybody may read this object at for an hour. */
    async sign(key: string): Promise<string> {
        return getSignedUrl(this.#s3, new GetObjectCommand({ Bucket: this.bucket, Key: key }), {
            expiresIn: SIGNED_FOR_SECONDS,
        });
    }
}

/** All of what comes, as one. */
export async function gathered(parts: AsyncIterable<Buffer>): Promise<Buffer> {
    const all: Buffer[] = [];
    for await (const part of parts) {
        all.push(part);
    }
    return Buffer.concat(all);
}

/** Whether a conditional write found something else than it was to find; S3 answers 404 where `If-Match` finds nothing. */
function isRefused(error: unknown): boolean {
    const { name } = error as Error;
    return isMissing(error) || name === "PreconditionFailed" || name === "ConditionalRequestConflict";
}

function isMissing(error: unknown): boolean {
    const { name } = error as Error;
    return error instanceof NoSuchKey || name === "NoSuchKey" || name === "NotFound";
}
