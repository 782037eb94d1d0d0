/** All objects of one user in the images bucket: pictures of the functions and stories of the agent service. */
import { Readable } from "node:stream";
import {
    DeleteObjectsCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    ListObjectVersionsCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { forbidden } from "../shared/apiErrors.ts";
import { isUnder, userPrefix } from "../shared/userKeys.ts";

export class UserObjects {
    readonly #s3: S3Client;
    readonly #bucket: string;
    readonly #storyPrefix: string;

    constructor(s3: S3Client, bucket: string, storyPrefix: string) {
        this.#s3 = s3;
        this.#bucket = bucket;
        this.#storyPrefix = storyPrefix;
    }

    get bucket(): string {
        return this.#bucket;
    }

    /** Prefixes of all objects of a user; the last one is where the earlier service kept stories. */
    prefixes(userId: string): string[] {
        return [userPrefix(userId), `${this.#storyPrefix}/${userId}/`, `${this.#storyPrefix}/users/${userId}/`];
    }

    /** Prefix of the archives of a user's data. */
    exportsPrefix(userId: string): string {
        return `${userPrefix(userId)}exports/`;
    }

    /** Whether a key names an object of the user. */
    isOwn(userId: string, key: string): boolean {
        return isUnder(key, this.prefixes(userId));
    }

    /** Throws ApiError 403 when a key is not the user's. */
    assertOwn(userId: string, key: string): void {
        if (!this.isOwn(userId, key)) {
            throw forbidden("key does not name an object of this user");
        }
    }

    /** A user's objects; with `after`, a key of the user, the objects that follow it. */
    async *list(userId: string, after = ""): AsyncGenerator<{ key: string; bytes: number }> {
        const prefixes = this.prefixes(userId);
        const first = Math.max(
            0,
            prefixes.findIndex((prefix) => after.startsWith(prefix)),
        );
        for (const Prefix of prefixes.slice(first)) {
            const StartAfter = after.startsWith(Prefix) ? after : undefined;
            let ContinuationToken: string | undefined;
            do {
                const page = await this.#s3.send(
                    new ListObjectsV2Command({ Bucket: this.#bucket, Prefix, StartAfter, ContinuationToken }),
                );
                for (const { Key, Size } of page.Contents ?? []) {
                    if (Key) {
                        yield { key: Key, bytes: Size ?? 0 };
                    }
                }
                ContinuationToken = page.NextContinuationToken;
            } while (ContinuationToken);
        }
    }

    /** An object as a stream; undefined when it does not exist. A caller that stops reading early must destroy `data`. */
    async open(key: string): Promise<{ data: Readable; bytes: number; contentType: string } | undefined> {
        try {
            const { Body, ContentLength, ContentType } = await this.#s3.send(
                new GetObjectCommand({ Bucket: this.#bucket, Key: key }),
            );
            return {
                data: Body as Readable,
                bytes: ContentLength ?? 0,
                contentType: ContentType ?? "application/octet-stream",
            };
        } catch (error) {
            if (["NoSuchKey", "NotFound"].includes((error as Error).name)) {
                return undefined;
            }
            throw error;
        }
    }

    /** Writes an object from a stream, with back-pressure: no faster than the bucket accepts the bytes. */
    async write(key: string, data: AsyncIterable<Uint8Array>, contentType: string): Promise<void> {
        await new Upload({
            client: this.#s3,
            params: { Bucket: this.#bucket, Key: key, Body: Readable.from(data), ContentType: contentType },
            queueSize: 2,
        }).done();
    }

    /** Removes one page of a user's objects with all versions; returns how many, 0 when nothing is left. */
    async removeSome(userId: string): Promise<number> {
        for (const Prefix of this.prefixes(userId)) {
            const page = await this.#s3.send(
                new ListObjectVersionsCommand({ Bucket: this.#bucket, Prefix, MaxKeys: 1000 }),
            );
            const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
            if (found.length > 0) {
                const Objects = found.map(({ Key = "", VersionId }) => ({ Key, VersionId }));
                const removed = await this.#s3.send(
                    new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
                );
                if (removed.Errors?.length) {
                    throw new Error(`the bucket keeps ${removed.Errors.length} objects`);
                }
                return found.length;
            }
        }
        return 0;
    }
}
