import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * A hash of the paths and contents of files, and of all files in folders.
 *
 * @param folder the paths are below it
 * @param paths what is not there counts as nothing
 */
export function sourceHash(folder: string, paths: readonly string[]): string {
    const hash = createHash("sha256");
    for (const path of paths.flatMap((one) => filesOf(join(folder, one)))) {
        hash.update(relative(folder, path)).update("\0").update(readFileSync(path)).update("\0");
    }
    return hash.digest("hex");
}

function filesOf(path: string): string[] {
    if (!existsSync(path)) {
        return [];
    }
    if (statSync(path).isFile()) {
        return [path];
    }
    return readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
}
