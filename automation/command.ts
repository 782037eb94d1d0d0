import { dirname } from "node:path";
import * as errors from "@pulumi/pulumi/automation/errors.js";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";

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
    const child = execa(path, args.includes("--non-interactive") ? args : [...args, "--non-interactive"], {
        cwd,
        detached: true,
        reject: false,
        stdin: "ignore",
        maxBuffer: 1e9,
        env: { ...env, PATH: `${dirname(path)}:${env.PATH ?? process.env.PATH}`, PULUMI_AUTOMATION_API: "true" },
    });
    child.stdout.on("data", (data) => listeners.onOutput?.(String(data)));
    child.stderr.on("data", (data) => listeners.onError?.(String(data)));
    // One interrupt lets running operations finish; what would hurry it is left to the person.
    const interrupt = () => child.kill("SIGINT");
    if (listeners.signal?.aborted) {
        interrupt();
    }
    listeners.signal?.addEventListener("abort", interrupt, { once: true });
    const { stdout, stderr, exitCode, shortMessage } = await child;
    listeners.signal?.removeEventListener("abort", interrupt);
    if (exitCode !== 0) {
        const said = stderr || (shortMessage ?? "");
        throw createCommandError({ stdout, stderr: said, code: exitCode ?? -2, toString: () => said });
    }
    return { stdout, stderr, code: 0 };
}

/** The SDK tells a locked or missing stack apart by these classes; it makes them, but does not declare how. */
const { createCommandError } = errors as unknown as { createCommandError(result: object): errors.CommandError };
