import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isEngine } from "../../automation/lock.ts";

/** An engine whose program was killed notices by itself and ends; this is how long it may take. */
const PATIENCE_MS = 60_000;

/** Another engine is at work on the stack. */
export class LockedError extends Error {
    override readonly name = "LockedError";
}

/**
 * Makes a stack usable that a killed engine left: waits for one that is still ending, removes the locks of dead ones, which
 * nobody else will, and takes the last whole state where the newest was cut off.
 *
 * @throws {LockedError} when another engine stays at work
 */
export async function settleStack(stateDir: string, stackFile: string, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
        const holder = removeDeadLocks(join(stateDir, "backend/.pulumi/locks"));
        if (!holder) {
            break;
        }
        if (Date.now() > deadline) {
            throw new LockedError(
                `The stack is locked by process ${holder.pid} on ${holder.hostname}. Wait for it, or end it.`,
            );
        }
        await sleep(100, undefined, { signal });
    }
    restoreState(statePath(stateDir, stackFile));
}

/** Where a backend in a local cloud's folder keeps a stack's state. */
export function statePath(stateDir: string, stackFile: string): string {
    return join(stateDir, "backend/.pulumi/stacks", stackFile);
}

interface Lock {
    pid: number;
    hostname: string;
}

/** Returns a lock that is held by a process that lives. */
function removeDeadLocks(folder: string): Lock | undefined {
    if (!existsSync(folder)) {
        return undefined;
    }
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    let held: Lock | undefined;
    for (const { parentPath, name } of files.filter((entry) => entry.name.endsWith(".json"))) {
        const path = join(parentPath, name);
        const lock = read<Lock>(path);
        if (lock && isHeld(lock)) {
            held = lock;
        } else {
            rmSync(path, { force: true });
        }
    }
    return held;
}

/** A lock of another machine can't be judged from here; a process id may be another program's by now. */
function isHeld(lock: Lock): boolean {
    return lock.hostname !== hostname() || isEngine(lock.pid);
}

function restoreState(path: string): void {
    const backup = `${path}.bak`;
    if (existsSync(backup) && !read(path) && read(backup)) {
        copyFileSync(backup, path);
    }
}

/** What a file says; nothing when it is not there or was cut off. */
function read<T>(path: string): T | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8"));
    } catch {
        return undefined;
    }
}
