/** What a run has started (its worker, engines, their plugins) ends with it, whatever ended the driver or an engine. */
import { randomUUID } from "node:crypto";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcess, isAlive, type ProcessIdentity, parentOf, processesWith, runAfterMe } from "./processes.ts";

/** The variable by which a run's processes are found, on Linux alone. */
const VARIABLE = "STORY42_RUN";

/** How long an engine may take to finish the steps that it is at; a lock that it holds is gone within a minute. */
export const PATIENCE_MS = 30_000;

/** For the environment of all that a run starts. */
export function newMark(): Record<string, string> {
    return { [VARIABLE]: randomUUID() };
}

/** Ends what is left of a run: engines are interrupted, once, and finish the steps that they are at; then the rest ends. */
export async function endLeft(mark: Record<string, string>): Promise<void> {
    const left = () => processesWith(VARIABLE).filter(({ value }) => value === mark[VARIABLE]);
    const found = left();
    const pids = new Set(found.map(({ process }) => process.pid));
    const atWork = found.filter(({ program }) => !program.startsWith("pulumi-"));
    for (const { process: one, program } of atWork) {
        // A worker interrupts its own engine when the driver is gone; a second time would make it drop what it is at.
        if (program === "pulumi" && !pids.has(parentOf(one))) {
            interrupt(one);
        }
    }
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline && atWork.some(({ process }) => isAlive(process))) {
        await sleep(50);
    }
    // An engine may start a plugin while its own end is on the way.
    for (let rest = left(); rest.length > 0; rest = left()) {
        await Promise.all(rest.map(({ process }) => endProcess(process, 0)));
    }
}

/**
 * Has {@link endLeft} done as soon as this process is gone, whatever ends it.
 *
 * @param folder is removed then
 * @returns takes that back
 */
export function endLeftAfterMe(mark: Record<string, string>, folder: string | undefined): () => void {
    const script = join(import.meta.dirname, `endLeft${extname(import.meta.filename)}`);
    return runAfterMe(script, JSON.stringify({ mark, folder }));
}

function interrupt({ pid }: ProcessIdentity): void {
    try {
        process.kill(pid, "SIGINT");
    } catch {
        // It ended in between.
    }
}
