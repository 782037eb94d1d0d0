import { createInterface } from "node:readline";
import { execa, type Options } from "execa";
import type { Step } from "../lib/screen.ts";

const TAIL_LINES = 12;

/** Runs a command of a set-up step and shows its last line as the step's progress. Throws with its last lines when it fails. */
export async function runStep(
    step: Step,
    signal: AbortSignal,
    command: string,
    args: string[],
    options: Options = {},
): Promise<void> {
    const child = execa(command, args, {
        stdin: "ignore",
        all: true,
        buffer: false,
        reject: false,
        cancelSignal: signal,
        forceKillAfterDelay: 3000,
        ...options,
    });
    const tail: string[] = [];
    if (child.all) {
        createInterface({ input: child.all }).on("line", (line) => {
            if (line.trim()) {
                tail.push(line);
                tail.splice(0, tail.length - TAIL_LINES);
                step.progress(line.trim());
            }
        });
    }
    const result = await child;
    signal.throwIfAborted();
    if (result.failed) {
        const lastLines = tail.map((line) => `\n      ${line}`).join("");
        throw new Error(`${[command, ...args.slice(0, 2)].join(" ")} ${whatHappened(result)}${lastLines}`);
    }
}

function whatHappened(result: { exitCode?: number; signal?: string; code?: string }): string {
    if (result.code === "ENOENT") {
        return "is not installed";
    }
    return result.signal ? `was ended by ${result.signal}` : `ended with ${result.exitCode}`;
}
