/** Stores pictures under the user's prefix in the images bucket. */
import {
    CopyObjectCommand,
    DeleteObjectsCommand,
    GetObjectCommand,
    PutObjectCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { forbidden } from "../shared/apiErrors.ts";
import type { Picture, Reference } from "../shared/pictures.ts";
import { jobPrefix, ownKey, SIGNED_URL_SECONDS } from "../shared/userKeys.ts";

/** The addresses of a stored picture: its `s3://` address, and a signed URL for a page. */
export interface StoredPicture {
    uri: string;
    url: string;
}

export class PictureStore {
    readonly #s3: S3Client;
    readonly #bucket: string;

    constructor(s3: S3Client, bucket: string) {
        this.#s3 = s3;
        this.#bucket = bucket;
    }

    /** The key of a picture of a user's job. */
    keyOf(userId: string, jobId: string, name: string): string {
        return `${jobPrefix(userId, jobId)}${name}.png`;
    }

    /**
     * The key in an `s3://` address.
     *
     * @throws ApiError 403 when it is not under the user's own prefix of this bucket
     */
    ownKey(address: string, userId: string): string {
        const key = ownKey(address, this.#bucket, userId);
        if (!key) {
            throw forbidden("original_segment_image_s3_uri does not name a picture of yours");
        }
        return key;
    }

    async read(key: string, signal: AbortSignal): Promise<Reference | undefined> {
        try {
            const found = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }), {
                abortSignal: signal,
            });
            const base64 = await found.Body?.transformToString("base64");
            return base64 ? { mimeType: found.ContentType ?? "image/png", base64 } : undefined;
        } catch (error) {
            if (["NoSuchKey", "NotFound"].includes((error as Error).name)) {
                return undefined;
            }
            throw error;
        }
    }

    async write(key: string, picture: Picture): Promise<void> {
        await this.#s3.send(
            new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: picture.data, ContentType: picture.mimeType }),
        );
    }

    async addresses(key: string): Promise<StoredPicture> {
        const url = await getSignedUrl(this.#s3, new GetObjectCommand({ Bucket: this.#bucket, Key: key }), {
            expiresIn: SIGNED_URL_SECONDS,
        });
        return { uri: `s3://${this.#bucket}/${key}`, url };
    }

    /**
     * Replaces earlier pictures by several new ones only when all new ones are in the bucket: until then each is stored under its
     * `draft` key.
     */
    async writeAll(pictures: { key: string; draft: string; picture: Picture }[]): Promise<void> {
        try {
            await all(pictures.map(({ draft, picture }) => this.write(draft, picture)));
            await all(pictures.map(({ key, draft }) => this.#copy(draft, key)));
        } finally {
            await this.#remove(pictures.map(({ draft }) => draft));
        }
    }

    async #copy(from: string, to: string): Promise<void> {
        const CopySource = `${this.#bucket}/${from}`;
        await this.#s3.send(new CopyObjectCommand({ Bucket: this.#bucket, Key: to, CopySource }));
    }

    async #remove(keys: string[]): Promise<void> {
        if (keys.length > 0) {
            const Objects = keys.map((Key) => ({ Key }));
            await this.#s3.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }));
        }
    }
}

/** Waits for all writes, also when one fails. */
async function all(writes: Promise<void>[]): Promise<void> {
    const failed = (await Promise.allSettled(writes)).find((one) => one.status === "rejected");
    if (failed) {
        throw failed.reason;
    }
}
