import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the built site lies, relative to the program. */
const BUILT = "site/dist";
/** What the built site was made from, written beside it by the build. */
export const stampFile = "site/dist/.source-hash";

/**
 * The folder of the built site.
 *
 * @throws when it was never built, or built from other sources than there are now: an old site is never deployed silently
 */
export function builtSite(): string {
    const stamp = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : undefined;
    if (stamp !== siteSourceHash()) {
        const state = stamp === undefined ? "has not been built" : "was built from other sources than there are now";
        throw new Error(`The site ${state}. Build it: npm run build:site`);
    }
    return BUILT;
}

/** A hash of everything that the site is built from. */
export function siteSourceHash(): string {
    const hash = createHash("sha256");
    for (const part of ["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts"]) {
        for (const path of filesOf(join("site", part))) {
            hash.update(path).update("\0").update(readFileSync(path)).update("\0");
        }
    }
    return hash.digest("hex");
}

function filesOf(path: string): string[] {
    const entries = readdirSync(join(path, ".."), { withFileTypes: true }).filter(
        (entry) => join(path, "..", entry.name) === path,
    );
    return entries.flatMap((entry) =>
        entry.isDirectory()
            ? readdirSync(path, { recursive: true, withFileTypes: true })
                  .filter((file) => file.isFile())
                  .map((file) => join(file.parentPath, file.name))
                  .sort()
            : [path],
    );
}
