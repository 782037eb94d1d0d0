/**
 * Runs the program of one stack, for the process that forked this one. Pulumi's SDK runs a program inside the caller's
 * process, where the unhandled failure of one program fails all others that run, and all share one working folder.
 */
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { type ProgramRun, runProgram } from "./run.ts";

/** What the forking process says. */
export type ToWorker = { run: ProgramRun } | { abort: true };
/** What it is told: events on the way, then one end. */
export type FromWorker = { event: EngineEvent } | { end: WorkerEnd };
/** How a run ended. */
export interface WorkerEnd {
    error?: { name: string; message: string };
}

/** How long a run goes on without its driver. By then an engine that was interrupted has finished what it was at. */
const PATIENCE_MS = 45_000;

const abort = new AbortController();
// What reads them is gone when the driver is. Unheard, each error of a pipe would be reported into that very pipe.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
// Ctrl-C reaches every process of a terminal; what stops this one is the other's word, or its end.
process.on("SIGINT", () => {});
process.on("disconnect", () => {
    abort.abort();
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
});
process.on("message", async (message: ToWorker) => {
    if ("abort" in message) {
        abort.abort();
        return;
    }
    const end: WorkerEnd = {};
    try {
        await runProgram(message.run, (event) => say({ event }), abort.signal);
    } catch (error) {
        const { name, message: text } = error as Error;
        end.error = { name, message: text };
    }
    say({ end }, () => process.exit());
});

function say(message: FromWorker, then?: () => void): void {
    if (process.connected) {
        process.send?.(message, undefined, undefined, then);
    } else {
        then?.();
    }
}
