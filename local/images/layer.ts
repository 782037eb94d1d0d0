import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** A file of an image store: its digest is its name. */
export interface Blob {
    mediaType: string;
    digest: string;
    size: number;
}

/** A layer of an image: its compressed blob, the digest of its uncompressed content, and its origin. */
export interface Layer extends Blob {
    diffId: string;
    origin: string;
}

/** Packs a folder as a layer into a store. Owners and modes are kept, times are not, so that equal contents make equal layers. */
export async function packLayer(folder: string, store: string, origin: string, signal: AbortSignal): Promise<Layer> {
    const args = ["--sort=name", "--mtime=@0", "--numeric-owner", "-C", folder, "-cf", "-", "."];
    const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "inherit"], signal });
    const ended = new Promise<void>((resolve, reject) => {
        tar.on("error", reject);
        tar.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with ${code}`))));
    });
    const plain = createHash("sha256");
    const packed = createHash("sha256");
    let size = 0;
    mkdirSync(join(store, "sha256"), { recursive: true });
    const part = join(store, `layer-${process.pid}.part`);
    const tee = (sink: (chunk: Buffer) => void) =>
        new PassThrough({
            transform(chunk, _encoding, next) {
                sink(chunk);
                next(null, chunk);
            },
        });
    await Promise.all([
        ended,
        pipeline(
            tar.stdout,
            tee((chunk) => plain.update(chunk)),
            createGzip({ level: 4 }),
            tee((chunk) => {
                packed.update(chunk);
                size += chunk.length;
            }),
            createWriteStream(part),
        ),
    ]);
    const digest = `sha256:${packed.digest("hex")}`;
    renameSync(part, blobPath(store, digest));
    return {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest,
        size,
        diffId: `sha256:${plain.digest("hex")}`,
        origin,
    };
}

/** How an image is run. */
export interface ImageConfig {
    Env: string[];
    WorkingDir?: string;
    Entrypoint?: string[];
    Cmd?: string[];
}

/** Writes an image of some layers into a store and returns the digest of its manifest. */
export function writeImage(store: string, architecture: string, layers: Layer[], config: ImageConfig): string {
    const configBlob = writeBlob(store, "application/vnd.oci.image.config.v1+json", {
        architecture,
        os: "linux",
        config,
        rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
        history: layers.map(({ origin }) => ({ created_by: origin })),
    });
    const manifest = writeBlob(store, "application/vnd.oci.image.manifest.v1+json", {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: configBlob,
        layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    });
    return manifest.digest;
}

function writeBlob(store: string, mediaType: string, content: unknown): Blob {
    const text = JSON.stringify(content);
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    mkdirSync(join(store, "sha256"), { recursive: true });
    writeFileSync(blobPath(store, digest), text);
    return { mediaType, digest, size: Buffer.byteLength(text) };
}

/** The path of a blob in a store. */
export function blobPath(store: string, digest: string): string {
    return join(store, digest.replace(":", "/"));
}
