import { spawn } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as errors from "@pulumi/pulumi/automation/errors.js";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

/**
 * The Pulumi command line in its own process group. A Ctrl-C in a terminal reaches every process of a group: the CLI would
 * get that interrupt and the one of the abort signal, and a second interrupt makes it terminate at once.
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
    // Files instead of pipes: when this process dies, a broken pipe would kill the CLI in the middle of a step.
    const output = openUnlinkedFile();
    const errors = openUnlinkedFile();
    try {
        const own = { PATH: `${dirname(path)}:${env.PATH ?? process.env.PATH}`, PULUMI_AUTOMATION_API: "true" };
        const child = spawn(path, args.includes("--non-interactive") ? args : [...args, "--non-interactive"], {
            cwd,
            detached: true,
            stdio: ["ignore", output, errors],
            env: { ...process.env, ...env, ...own },
        });
        const ended = new Promise<{ code: number; reason: string }>((resolve) => {
            child.once("error", ({ message }) => resolve({ code: -2, reason: message }));
            child.once("close", (code, signal) =>
                resolve({ code: code ?? -2, reason: `${path} ended with ${signal ?? code}` }),
            );
        });
        // One interrupt lets running operations finish; a second one is never sent.
        const interrupt = () => child.kill("SIGINT");
        if (listeners.signal?.aborted) {
            interrupt();
        }
        listeners.signal?.addEventListener("abort", interrupt, { once: true });
        const { code, reason } = await ended;
        listeners.signal?.removeEventListener("abort", interrupt);
        const [stdout, stderr] = [readAll(output), readAll(errors)];
        listeners.onOutput?.(stdout);
        listeners.onError?.(stderr);
        if (code !== 0) {
            const message = stderr || reason;
            throw createCommandError({ stdout, stderr: message, code, toString: () => message });
        }
        return { stdout, stderr, code: 0 };
    } finally {
        closeSync(output);
        closeSync(errors);
    }
}

/** Opens a file and unlinks it: it is deleted when the last process closes it. */
function openUnlinkedFile(): number {
    const folder = mkdtempSync(join(tmpdir(), "story-42-output-"));
    try {
        return openSync(join(folder, "output"), "a+", 0o600);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** The whole text of an open file, independent of its file position. */
function readAll(file: number): string {
    const bytes = Buffer.alloc(fstatSync(file).size);
    readSync(file, bytes, 0, bytes.length, 0);
    // Without the trailing newline, as in a shell's `$(pulumi …)`.
    return bytes.toString("utf8").replace(/\r?\n$/, "");
}

/** Creates the SDK's error classes for a locked or missing stack; the SDK exports it without declaring it. */
const { createCommandError } = errors as unknown as { createCommandError(result: object): errors.CommandError };
