import { spawn } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as errors from "@pulumi/pulumi/automation/errors.js";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

/**
 * The Pulumi command line in a process group of its own. A Ctrl-C in a terminal reaches every process of the group: the
 * CLI would get that one and the one of the abort signal, and a second interrupt makes it drop what it is doing.
 */
export function ownGroupPulumi(path: string, version: string): PulumiCommand {
    return {
        command: path,
        version: { version, toString: () => version },
        run: (
            args: string[],
            cwd: string,
            env: Record<string, string>,
            onOutput?: (text: string) => void,
            onError?: (text: string) => void,
            signal?: AbortSignal,
        ) => run(path, args, cwd, env, { onOutput, onError, signal }),
    } as unknown as PulumiCommand;
}

interface Listeners {
    onOutput?: (text: string) => void;
    onError?: (text: string) => void;
    signal?: AbortSignal;
}

async function run(path: string, args: string[], cwd: string, env: Record<string, string>, listeners: Listeners) {
    // Through a pipe to this process it would be killed in the middle of a step when this process dies.
    const output = openNameless();
    const errors = openNameless();
    try {
        const own = { PATH: `${dirname(path)}:${env.PATH ?? process.env.PATH}`, PULUMI_AUTOMATION_API: "true" };
        const child = spawn(path, args.includes("--non-interactive") ? args : [...args, "--non-interactive"], {
            cwd,
            detached: true,
            stdio: ["ignore", output, errors],
            env: { ...process.env, ...env, ...own },
        });
        const ended = new Promise<{ code: number; by: string }>((resolve) => {
            child.once("error", ({ message }) => resolve({ code: -2, by: message }));
            child.once("close", (code, signal) =>
                resolve({ code: code ?? -2, by: `${path} ended with ${signal ?? code}` }),
            );
        });
        // One interrupt lets running operations finish; what would hurry it is left to the person.
        const interrupt = () => child.kill("SIGINT");
        if (listeners.signal?.aborted) {
            interrupt();
        }
        listeners.signal?.addEventListener("abort", interrupt, { once: true });
        const { code, by } = await ended;
        listeners.signal?.removeEventListener("abort", interrupt);
        const [stdout, stderr] = [readAll(output), readAll(errors)];
        listeners.onOutput?.(stdout);
        listeners.onError?.(stderr);
        if (code !== 0) {
            const said = stderr || by;
            throw createCommandError({ stdout, stderr: said, code, toString: () => said });
        }
        return { stdout, stderr, code: 0 };
    } finally {
        closeSync(output);
        closeSync(errors);
    }
}

/** A file that has no name: it is gone with the last process that has it open. */
function openNameless(): number {
    const folder = mkdtempSync(join(tmpdir(), "story-42-output-"));
    try {
        return openSync(join(folder, "output"), "a+", 0o600);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** The text of an open file, wherever in it another process writes. */
function readAll(file: number): string {
    const bytes = Buffer.alloc(fstatSync(file).size);
    readSync(file, bytes, 0, bytes.length, 0);
    // As a terminal's user would have it from `$(pulumi …)`, without the line's end.
    return bytes.toString("utf8").replace(/\r?\n$/, "");
}

/** The SDK tells a locked or missing stack apart by these classes; it makes them, but does not declare how. */
const { createCommandError } = errors as unknown as { createCommandError(result: object): errors.CommandError };
