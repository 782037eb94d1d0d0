import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive, type ProcessIdentity } from "./processes.ts";

/**
 * Takes a lock that one process at a time holds, and waits for it as long as its holder lives.
 *
 * @param waiting told who holds the lock, once, when there is somebody to wait for; may throw in order not to wait
 * @returns gives the lock back
 */
export async function takeLock(
    path: string,
    waiting: (holder: ProcessIdentity) => void,
    signal?: AbortSignal,
): Promise<() => void> {
    mkdirSync(dirname(path), { recursive: true });
    const own = `${path}.${process.pid}`;
    writeFileSync(own, JSON.stringify(identify(process.pid)));
    let told = false;
    try {
        while (!tryLink(own, path)) {
            signal?.throwIfAborted();
            const holder = readHolder(path);
            if (!holder || !isAlive(holder)) {
                // It died with the lock in its hands.
                rmSync(path, { force: true });
                continue;
            }
            if (!told) {
                waiting(holder);
                told = true;
            }
            await sleep(200, undefined, { signal });
        }
    } finally {
        rmSync(own, { force: true });
    }
    return () => rmSync(path, { force: true });
}

/** A hard link appears whole or not at all: nobody ever reads half a lock. */
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

function readHolder(path: string): ProcessIdentity | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8"));
    } catch {
        return undefined;
    }
}
