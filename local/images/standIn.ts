import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { physicalNames } from "../../components/index.ts";
import { type ImageName, imageSources } from "../../stacks/imageSources.ts";
import { root } from "../lib/paths.ts";

/**
 * References of images that were not built: the hash of an image's sources stands in for its digest, so that a changed
 * file changes only its own image.
 */
export function standInImages(registry: string, project: string, environment: string): Record<ImageName, string> {
    const names = physicalNames({ project, environment });
    const entries = Object.entries(imageSources).map(([name, { folder, repository }]) => {
        const hash = createHash("sha256");
        for (const path of contextOf(join(root, folder)).flatMap(filesOf)) {
            hash.update(path)
                .update("\0")
                .update(readFileSync(join(root, path)))
                .update("\0");
        }
        return [name, `${registry}/${names[repository]}@sha256:${hash.digest("hex")}`];
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

function filesOf(path: string): string[] {
    const full = join(root, path);
    if (!existsSync(full)) {
        return [];
    }
    if (statSync(full).isFile()) {
        return [path];
    }
    return readdirSync(full, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .sort();
}
