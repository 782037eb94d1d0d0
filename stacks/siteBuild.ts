import { type ExecFileException, execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { sourceHash } from "./sourceHash.ts";

/** The site could not be built; the message ends with the build's output. */
export class SiteError extends Error {
    override readonly name = "SiteError";
}

/** The folders of the site's project and of the built site, relative to the project's folder. */
const PROJECT = "site";
const BUILT = "site/dist";
/** Everything that the site is built from. */
const SOURCES = ["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts"].map((path) =>
    join(PROJECT, path),
);
/** The file with the hash of the sources that the site was built from. */
const STAMP = "site/dist/.source-hash";

/**
 * Builds the site, unless it is already built from the current sources, so that an old site is never deployed.
 *
 * @param say gets a message for each step that has to be done
 * @param folder the project's folder. Default: the working folder
 * @returns the folder of the built site, relative to the project's
 * @throws {SiteError} when the site can't be built
 */
export async function builtSite(say: (message: string) => void, folder = "."): Promise<string> {
    const hash = sourceHash(folder, SOURCES);
    const stamp = join(folder, STAMP);
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) {
        return BUILT;
    }
    if (!existsSync(join(folder, PROJECT, "node_modules"))) {
        say("Installing what the site is built with");
        await npm(folder, "ci", "--no-audit", "--no-fund");
    }
    say("Building the site");
    await npm(folder, "run", "build", "--", "--logLevel", "warn");
    writeFileSync(stamp, hash);
    return BUILT;
}

async function npm(folder: string, ...args: string[]): Promise<void> {
    try {
        await promisify(execFile)("npm", ["--loglevel=error", ...args], { cwd: join(folder, PROJECT) });
    } catch (error) {
        const { message, stdout = "", stderr = "" } = error as ExecFileException;
        const output = `${stdout}${stderr}`.trim() || message;
        throw new SiteError(`The site could not be built: npm ${args.join(" ")} in ${PROJECT}/ failed.\n${output}`);
    }
}
