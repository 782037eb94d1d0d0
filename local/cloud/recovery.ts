import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isEngine } from "../../automation/engine/lock.ts";
import { readJson, writeWhole } from "../lib/files.ts";
import { restoreState } from "./keptState.ts";

/** Time for an engine whose program was killed to notice that and end. */
const LOCK_TIMEOUT_MS = 60_000;

/** Another engine is at work on the stack. */
export class LockedError extends Error {
    override readonly name = "LockedError";
}

/**
 * Makes a stack usable again after an engine was killed: waits for an engine that is still ending, removes the locks of dead
 * ones, which nothing else removes, and restores the last complete state if the newest is truncated.
 *
 * @returns whether an older state was restored, which may lack the newest changes
 * @throws {LockedError} when another engine keeps running
 */
export async function settleStack(stateDir: string, stackFile: string, signal: AbortSignal): Promise<boolean> {
    await waitForEngines(stateDir, signal);
    restoreFormat(join(stateDir, "backend/.pulumi"));
    return restoreState(stateDir, stackFile);
}

/**
 * Waits for an engine that is still running on a stack, and removes the locks of engines that are not.
 *
 * @throws {LockedError} when an engine keeps running
 */
export async function waitForEngines(stateDir: string, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + LOCK_TIMEOUT_MS;
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
}

/** Without meta.yaml, the engine assumes the first format of a backend, which has other folders. */
function restoreFormat(backend: string): void {
    const path = join(backend, "meta.yaml");
    if (existsSync(backend) && !(existsSync(path) && statSync(path).size > 0)) {
        writeWhole(path, "version: 1\n");
    }
}

interface Lock {
    pid: number;
    hostname: string;
}

/** Returns a lock that a running process holds. */
function removeDeadLocks(folder: string): Lock | undefined {
    if (!existsSync(folder)) {
        return undefined;
    }
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    let held: Lock | undefined;
    for (const { parentPath, name } of files.filter((entry) => entry.name.endsWith(".json"))) {
        const path = join(parentPath, name);
        const lock = readJson<Lock>(path);
        if (lock && isHeld(lock)) {
            held = lock;
        } else {
            rmSync(path, { force: true });
        }
    }
    return held;
}

/** A lock of another machine can't be checked from here. A process id may have been reused by another program. */
function isHeld(lock: Lock): boolean {
    return lock.hostname !== hostname() || isEngine(lock.pid);
}
