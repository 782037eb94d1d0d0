import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The project's folder. */
export const root = dirname(dirname(import.meta.dirname));

/** Where a local cloud keeps what belongs to it: state, logs, process ids. `STORY42_STATE_DIR` names another place. */
export function stateDir(): string {
    return resolve(root, process.env.STORY42_STATE_DIR ?? ".story42");
}

/** Where tools are kept that any checkout can use. `STORY42_CACHE` names another place. */
export function cacheDir(): string {
    const { STORY42_CACHE, XDG_CACHE_HOME } = process.env;
    return resolve(STORY42_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "story-42"));
}

/** Pulumi's own folder for this project's runs: the user's `~/.pulumi` stays as it is. */
export function pulumiHome(): string {
    return join(cacheDir(), "pulumi");
}
