/** Files and settings of images, cached by digest: fetched from the registry, or bundled if the image was not built. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistry } from "../images/registry.ts";
import { bundleInto, imageOf } from "./bundle.ts";
import type { ImageSettings } from "./imageSettings.ts";
import { pullImage } from "./registryImage.ts";

export interface ImageFiles extends ImageSettings {
    /** The folder in place of the image's root. It holds the image's own files, not those of its base. */
    root: string;
}

const SETTINGS = "image.json";

/** A local cloud's cache of images. */
export const imageCache = (stateDir: string) => join(stateDir, "images");

/**
 * @param ref `ADDRESS/REPOSITORY@sha256:DIGEST`
 * @param endpoint the emulator, which serves the addresses of ECR
 * @param cache the folder of images; earlier ones are kept for a rollback
 */
export async function fetchImage(ref: string, endpoint: string, cache: string): Promise<ImageFiles> {
    const digest = digestOf(ref);
    const kept = cachePath(digest, cache);
    if (!existsSync(kept)) {
        await mkdir(cache, { recursive: true });
        const folder = await mkdtemp(`${kept}-`);
        try {
            const files = join(folder, "files");
            await mkdir(files);
            const settings = (await pullImage(ref, endpoint, files)) ?? (await bundleInto(digest, files));
            if (!settings) {
                throw new Error(
                    `${ref} is not in its registry, and stands for no sources as they are now: deploy again`,
                );
            }
            await writeFile(join(folder, SETTINGS), JSON.stringify(settings));
            // The rename is atomic; another process may have been faster.
            await rename(folder, kept).catch((error) => {
                if (!existsSync(kept)) {
                    throw error;
                }
            });
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    }
    const settings = JSON.parse(await readFile(join(kept, SETTINGS), "utf8")) as ImageSettings;
    return { ...settings, root: join(kept, "files") };
}

/** Fills the cache for {@link fetchImage}, one image after the other; errors are ignored, since they occur again then. */
export async function prepareImages(refs: readonly string[], endpoint: string, cache: string): Promise<void> {
    for (const ref of refs) {
        await fetchImage(ref, endpoint, cache).catch(() => undefined);
    }
}

/** Whether {@link fetchImage} finds the image. */
export async function hasImage(ref: string, endpoint: string, cache: string): Promise<boolean> {
    const digest = digestOf(ref);
    if (existsSync(cachePath(digest, cache)) || imageOf(digest) !== undefined) {
        return true;
    }
    const { registry } = openRegistry(ref, endpoint);
    return await registry.has(`sha256:${digest}`).catch(() => false);
}

const digestOf = (ref: string) => ref.split("@sha256:")[1] ?? "";

const cachePath = (digest: string, cache: string) => join(cache, digest.slice(0, 24));
