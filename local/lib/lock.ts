import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive, type ProcessIdentity } from "../../automation/processes/processes.ts";

/**
 * Takes a lock that one process at a time holds; waits while its holder is alive.
 *
 * @param onWait called once with the holder, if there is one; may throw in order not to wait
 * @returns releases the lock
 */
export async function takeLock(
    path: string,
    onWait: (holder: ProcessIdentity) => void,
    signal?: AbortSignal,
): Promise<() => void> {
    mkdirSync(dirname(path), { recursive: true });
    let hasNotified = false;
    for (;;) {
        signal?.throwIfAborted();
        const holder = tryTake(path);
        if (!holder) {
            return () => rmSync(path, { force: true });
        }
        if (!hasNotified) {
            onWait(holder);
            hasNotified = true;
        }
        await sleep(200, undefined, { signal });
    }
}

/**
 * Takes a lock unless a live process holds it; returns that holder. A process that takes it over from a dead holder holds a
 * second lock meanwhile: otherwise another process that saw the dead holder too could take it from the new holder.
 */
function tryTake(path: string): ProcessIdentity | undefined {
    const known = readHolder(path);
    if (known) {
        return known;
    }
    const own = `${path}.${process.pid}`;
    const turn = `${path}.turn`;
    try {
        writeFileSync(own, JSON.stringify(identify(process.pid)));
        while (!tryLink(own, path)) {
            const holder = readHolder(path) ?? tryTake(turn);
            if (holder) {
                return holder;
            }
            try {
                if (existsSync(path) && !readHolder(path)) {
                    renameSync(own, path);
                    return undefined;
                }
            } finally {
                rmSync(turn, { force: true });
            }
        }
        return undefined;
    } finally {
        rmSync(own, { force: true });
    }
}

/** A hard link is made atomically, so no process reads a partial lock. */
function tryLink(from: string, to: string): boolean {
    try {
        linkSync(from, to);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
            return false;
        }
        throw error;
    }
}

/** The holder of a lock, if it is alive. */
function readHolder(path: string): ProcessIdentity | undefined {
    try {
        const holder: ProcessIdentity = JSON.parse(readFileSync(path, "utf8"));
        return isAlive(holder) ? holder : undefined;
    } catch {
        return undefined;
    }
}
