import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The project's folder. */
export const root = dirname(dirname(import.meta.dirname));

/** The folder of a local cloud's state, logs and process ids. `STORY42_STATE_DIR` names another one. */
export function stateDir(): string {
    return resolve(root, process.env.STORY42_STATE_DIR ?? ".story42");
}

/** The folder of tools, which all checkouts share. `STORY42_CACHE` names another one. */
export function cacheDir(): string {
    const { STORY42_CACHE, XDG_CACHE_HOME } = process.env;
    return resolve(STORY42_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "story-42"));
}

/** Pulumi's own folder for this project's runs: the user's `~/.pulumi` stays as it is. */
export function pulumiHome(): string {
    return join(cacheDir(), "pulumi");
}
