import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive, type ProcessIdentity } from "../../automation/processes/processes.ts";

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
    let told = false;
    for (;;) {
        signal?.throwIfAborted();
        const holder = tryTake(path);
        if (!holder) {
            return () => rmSync(path, { force: true });
        }
        if (!told) {
            waiting(holder);
            told = true;
        }
        await sleep(200, undefined, { signal });
    }
}

/**
 * Takes a lock if nobody who lives holds it; returns who does. Who takes it over from one that died with it in its hands holds a
 * second lock meanwhile: else another one, who saw the dead holder too, would take it from whom has it by then.
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

/** Who holds a lock and lives. */
function readHolder(path: string): ProcessIdentity | undefined {
    try {
        const holder: ProcessIdentity = JSON.parse(readFileSync(path, "utf8"));
        return isAlive(holder) ? holder : undefined;
    } catch {
        return undefined;
    }
}
