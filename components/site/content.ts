import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import mime from "mime";
import { child, type Transform } from "../core/transform.ts";

/** Files with a hash of their content in the name are cached for ever; the others are revalidated each time. */
const HASHED_NAME = /-[A-Za-z0-9_-]{8}\.\w+$/;

/** Uploads every file of `folder` (absolute, or relative to the program's own) to the bucket, each as its own resource. */
export function uploadFolder(
    parent: pulumi.Resource,
    name: string,
    bucket: aws.s3.Bucket,
    folder: string,
    change: Transform<aws.s3.BucketObjectv2Args> | undefined,
): void {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
        const key = relative(folder, path).split(sep).join("/");
        child(parent, aws.s3.BucketObjectv2, `${name}-file-${key}`, change, {
            bucket: bucket.bucket,
            key,
            source: new pulumi.asset.FileAsset(path),
            contentType: mime.getType(path) ?? "application/octet-stream",
            cacheControl: HASHED_NAME.test(key) ? "public, max-age=31536000, immutable" : "no-cache",
        });
    }
}
