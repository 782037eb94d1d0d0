/**
 * Runs the program of one stack, in a process that the driver forks. Pulumi's SDK runs a program inside the caller's
 * process, where an unhandled error of one program fails all running ones, and all share one working folder.
 */
import "../../stacks/lightSdk.cjs";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { type ProgramRun, runProgram } from "./run.ts";

/** Messages from the parent process. */
export type ToWorker = { run: ProgramRun } | { abort: true };
/** Messages to the parent process: events, then one end. */
export type FromWorker = { event: EngineEvent } | { end: WorkerEnd };
/** How a run ended. */
export interface WorkerEnd {
    error?: { name: string; message: string };
}

/** How long a run continues without its driver. By then an interrupted engine has finished its running steps. */
const PATIENCE_MS = 45_000;

const abort = new AbortController();
// The reader of these pipes ends with the driver. Without a listener, each pipe error would be reported into the same pipe.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
// Ctrl-C reaches every process of a terminal; this one stops only by the parent's message, or when the parent ends.
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
        await runProgram(message.run, (event) => send({ event }), abort.signal);
    } catch (error) {
        const { name, message: text } = error as Error;
        end.error = { name, message: text };
    }
    send({ end }, () => process.exit());
});

function send(message: FromWorker, then?: () => void): void {
    if (process.connected) {
        process.send?.(message, undefined, undefined, then);
    } else {
        then?.();
    }
}
