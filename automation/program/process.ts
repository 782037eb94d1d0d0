import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { SetUpError } from "../errors.ts";
import type { ProgramRun } from "./run.ts";
import type { FromWorker, ToWorker, WorkerEnd } from "./worker.ts";

const worker = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

/** The engine ended with an error, in another process. */
export class RunError extends Error {
    constructor({ name, message }: { name: string; message: string }) {
        super(message);
        this.name = name;
    }
}

/**
 * Runs the program in a child process.
 *
 * @param folder the working folder, from which the program's relative paths start
 * @throws {SetUpError} when the worker's file is missing beside the driver: a bundler has included the driver alone
 * @throws {RunError} when the run failed
 */
export async function runInProcess(
    run: ProgramRun,
    folder: string,
    onEvent: (event: EngineEvent) => void,
    signal: AbortSignal,
): Promise<void> {
    signal.throwIfAborted();
    if (!existsSync(worker)) {
        throw new SetUpError(
            `${worker}, the driver's process for a stack's program, is not there: the driver was bundled without it.`,
            "Keep the package out of the bundle (for example esbuild --external:@tech42/story-42) and install it beside.",
        );
    }
    // Ignore stdout: it is the engine's output, which arrives as events.
    const child = fork(worker, [], {
        cwd: folder,
        env: { ...process.env, ...run.engineOptions.mark },
        serialization: "advanced",
        stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const send = (message: ToWorker) => child.connected && child.send(message);
    const abort = () => send({ abort: true });
    let stderr = "";
    child.stderr?.on("data", (data) => {
        stderr = `${stderr}${data}`.slice(-4000);
    });
    try {
        const end = await new Promise<WorkerEnd>((resolve, reject) => {
            child.on("message", (message: FromWorker) =>
                "end" in message ? resolve(message.end) : onEvent(message.event),
            );
            child.once("error", reject);
            child.once("close", (code, signalName) =>
                reject(new Error(`The program's process ended with ${signalName ?? code}.\n${stderr}`.trim())),
            );
            signal.addEventListener("abort", abort, { once: true });
            send({ run });
        });
        if (end.error) {
            throw new RunError(end.error);
        }
    } finally {
        signal.removeEventListener("abort", abort);
    }
}
