/**
 * Writes the images' `.dockerignore` files (`npm run contexts`). Each allows only the files of its image's bundle, as esbuild
 * finds them, so that a change elsewhere does not rebuild the image. Docker reads the `.dockerignore` beside the Dockerfile;
 * therefore each image has its own Dockerfile.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
// @ts-expect-error plain JavaScript, which runs before anything is built
import { Bundler, images } from "./bundle.mjs";

const root = join(import.meta.dirname, "..");

/** Files that the Dockerfiles' build stage needs besides the code. */
const BUILD_FILES = ["docker/package.json", "docker/package-lock.json", "docker/bundle.mjs"];

/** The text of each image's `.dockerignore`, by its path. */
export async function dockerignores(): Promise<Record<string, string>> {
    const files = (images as string[]).map(async (name) => {
        const folder = `docker/${name}`;
        const bundler = await Bundler.open(name, root, "out");
        const sources: string[] = await bundler.inputs();
        await bundler.close();
        const elsewhere = sources.filter((path) => !path.startsWith(`${folder}/`));
        // Allows a new file in the image's own folder before this list is written again.
        const unused = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
            .filter((path) => !sources.includes(path) && !path.endsWith(".ts"));
        const lines = [
            "# Written by `npm run contexts`: the files that this image's bundle is made of, and no others.",
            "*",
            ...[...BUILD_FILES, ...elsewhere].sort().map((path) => `!${path}`),
            `!${folder}`,
            ...unused.sort(),
        ];
        return [`${folder}/Dockerfile.dockerignore`, `${lines.join("\n")}\n`];
    });
    return Object.fromEntries(await Promise.all(files));
}

if (import.meta.main) {
    for (const [path, text] of Object.entries(await dockerignores())) {
        writeFileSync(join(root, path), text);
    }
}
