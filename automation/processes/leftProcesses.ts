/** Ends the processes of a run (its worker, engines, their plugins) with it, however the driver or an engine ended. */
import { randomUUID } from "node:crypto";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcess, isAlive, type ProcessIdentity, parentOf, processesWith, runAfterExit } from "./processes.ts";

/** The environment variable that marks a run's processes; they are found on Linux only. */
const VARIABLE = "STORY42_RUN";

/** How long an engine may take to finish its running steps; a lock that it holds is released within a minute. */
export const PATIENCE_MS = 30_000;

/** The mark for the environment of all processes of a run. */
export function newMark(): Record<string, string> {
    return { [VARIABLE]: randomUUID() };
}

/** Ends the remaining processes of a run: engines are interrupted once, and finish their running steps; then the others end. */
export async function endRemaining(mark: Record<string, string>): Promise<void> {
    const remaining = () => processesWith(VARIABLE).filter(({ value }) => value === mark[VARIABLE]);
    const found = remaining();
    const pids = new Set(found.map(({ process }) => process.pid));
    const atWork = found.filter(({ program }) => !program.startsWith("pulumi-"));
    for (const { process: one, program } of atWork) {
        // A worker interrupts its own engine when the driver is gone; a second interrupt would make the engine terminate at once.
        if (program === "pulumi" && !pids.has(parentOf(one))) {
            interrupt(one);
        }
    }
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline && atWork.some(({ process }) => isAlive(process))) {
        await sleep(50);
    }
    // An engine may start a plugin while it is ending.
    for (let rest = remaining(); rest.length > 0; rest = remaining()) {
        await Promise.all(rest.map(({ process }) => endProcess(process, 0)));
    }
}

/**
 * Runs {@link endRemaining} as soon as this process ends, for whatever reason.
 *
 * @param folder the folder to remove then
 * @returns cancels it
 */
export function endRemainingOnExit(mark: Record<string, string>, folder: string | undefined): () => void {
    const script = join(import.meta.dirname, `endLeft${extname(import.meta.filename)}`);
    return runAfterExit(script, JSON.stringify({ mark, folder }));
}

function interrupt({ pid }: ProcessIdentity): void {
    try {
        process.kill(pid, "SIGINT");
    } catch {
        // It ended in between.
    }
}
