/** The service's access to the bucket: small JSON objects, signed picture URLs, and audio in ranges. */
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
import { SIGNED_URL_SECONDS } from "../shared/userKeys.ts";

export interface StoredObject {
    key: string;
    bytes: number;
    modified: Date;
}

/** An object with its ETag. */
export interface Tagged {
    body: Buffer;
    tag: string;
    /** The media type that its writer set. */
    type?: string;
}

/** Attempts of a conditional write that conflicts with a simultaneous one. */
const MAX_CONFLICTS = 5;

export class ObjectStore {
    readonly #s3: S3Client;
    readonly bucket: string;

    constructor(s3: S3Client, bucket: string) {
        this.#s3 = s3;
        this.bucket = bucket;
    }

    /** The whole object; undefined when it does not exist. */
    async read(key: string, signal?: AbortSignal): Promise<Buffer | undefined> {
        return (await this.readTagged(key, signal))?.body;
    }

    /** The whole object with its ETag; undefined when it does not exist. */
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

    /** Streams the bytes `start` to `end`, both included; without `end` to the object's end. */
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

    /** The first `bytes` of an object, or the whole object if it is smaller. */
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
     * Writes the object if its ETag is still `tag`, or, without a tag, if it does not exist; returns the new ETag, or undefined
     * when the condition failed. A write that the client retried after a lost answer counts as successful.
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
                // Two simultaneous conditional writes: S3 requires a retry of the one that it refuses with this error.
                if ((error as Error).name === "ConditionalRequestConflict" && attempt < MAX_CONFLICTS) {
                    continue;
                }
                if (!isRefused(error)) {
                    throw error;
                }
                const existing = await this.readTagged(key);
                return existing?.body.toString("utf8") === body ? existing.tag : undefined;
            }
        }
    }

    /** Streams `parts` into the object. */
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

    /** Keys, sizes and times of the objects under `prefix`. */
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

    /** Removes everything under `prefix`; returns the number of objects. */
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

    /** A signed URL of the object, valid for an hour. */
    async sign(key: string): Promise<string> {
        return getSignedUrl(this.#s3, new GetObjectCommand({ Bucket: this.bucket, Key: key }), {
            expiresIn: SIGNED_URL_SECONDS,
        });
    }
}

/** Collects a stream into one buffer. */
export async function readAll(parts: AsyncIterable<Buffer>): Promise<Buffer> {
    const all: Buffer[] = [];
    for await (const part of parts) {
        all.push(part);
    }
    return Buffer.concat(all);
}

/** Whether the condition of a write failed; S3 answers 404 when `If-Match` finds no object. */
function isRefused(error: unknown): boolean {
    const { name } = error as Error;
    return isMissing(error) || name === "PreconditionFailed" || name === "ConditionalRequestConflict";
}

function isMissing(error: unknown): boolean {
    const { name } = error as Error;
    return error instanceof NoSuchKey || name === "NoSuchKey" || name === "NotFound";
}
