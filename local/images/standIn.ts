import { readFileSync } from "node:fs";
import { join } from "node:path";
import { physicalNames } from "../../components/index.ts";
import { type ImageName, imageSources } from "../../stacks/imageSources.ts";
import { sourceHash } from "../../stacks/sourceHash.ts";
import { root } from "../lib/paths.ts";

/**
 * References of images that were not built: the hash of an image's sources stands in for its digest, so that a changed
 * file changes only its own image.
 */
export function standInImages(registry: string, project: string, environment: string): Record<ImageName, string> {
    const names = physicalNames({ project, environment });
    const entries = Object.entries(imageSources).map(([name, { folder, repository }]) => {
        const hash = sourceHash(root, contextOf(join(root, folder)));
        return [name, `${registry}/${names[repository]}@sha256:${hash}`];
    });
    return Object.fromEntries(entries);
}

/** The files and folders that an image is built from, except its Dockerfile: those that its `.dockerignore` allows. */
function contextOf(folder: string): string[] {
    return readFileSync(join(folder, "Dockerfile.dockerignore"), "utf8")
        .split("\n")
        .filter((line) => line.startsWith("!"))
        .map((line) => line.slice(1));
}
