import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isEngine } from "../../automation/engine/lock.ts";
import { readJson, writeWhole } from "../lib/files.ts";
import { restoreState } from "./keptState.ts";

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
 * @returns whether it took an older state, which does not know all that was done
 * @throws {LockedError} when another engine stays at work
 */
export async function settleStack(stateDir: string, stackFile: string, signal: AbortSignal): Promise<boolean> {
    await waitForEngines(stateDir, signal);
    restoreFormat(join(stateDir, "backend/.pulumi"));
    return restoreState(stateDir, stackFile);
}

/**
 * Waits for an engine that is still at work on a stack, and removes the locks of those that are not.
 *
 * @throws {LockedError} when one stays at work
 */
export async function waitForEngines(stateDir: string, signal: AbortSignal): Promise<void> {
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
}

/** Without what tells the form of a backend, the engine takes it for one of the first form, which has other folders. */
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

/** Returns a lock that is held by a process that lives. */
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

/** A lock of another machine can't be judged from here; a process id may be another program's by now. */
function isHeld(lock: Lock): boolean {
    return lock.hostname !== hostname() || isEngine(lock.pid);
}
