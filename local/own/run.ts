import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { isatty } from "node:tty";
import { startEmulator } from "../background/emulator.ts";
import { takeCloudInTurn } from "../cloud/lock.ts";
import { provideCloudTools } from "../cloud/tools.ts";
import { cloudVariables, engineEnvironment } from "../cloud/variables.ts";
import { ownFolder } from "../lib/files.ts";
import type { Screen } from "../lib/screen.ts";
import { onPath } from "../tools/tool.ts";

/** A command that is to run on a local cloud. */
export interface RunOptions {
    stateDir: string;
    command: string;
    args: string[];
    screen: Screen;
    /** Stops what comes before the command. */
    signal: AbortSignal;
}

/** Where nothing names a region, like AWS's own tools did at first. */
const REGION = "us-east-1";
/** What a shell ends with that finds no such program. */
const EXIT_NOT_FOUND = 127;

/**
 * Runs a command on a local cloud, which is started first where it does not run, and goes on running.
 *
 * @returns the command's exit code, or as a shell has it for one that a signal ended
 */
export async function run({ command, args, ...options }: RunOptions): Promise<number> {
    const env = await openCloud(options);
    options.signal.throwIfAborted();
    const child = spawn(command, args, { stdio: "inherit", env });
    const pass = (signal: NodeJS.Signals) => {
        // Ctrl-C in a terminal reaches the command by itself; a second one would make Pulumi end at once.
        if (!(signal === "SIGINT" && [0, 1, 2].some((file) => isatty(file)))) {
            child.kill(signal);
        }
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, pass);
    }
    return await new Promise((resolve, reject) => {
        child.once("error", (error: NodeJS.ErrnoException) => {
            if (error.code !== "ENOENT") {
                reject(error);
                return;
            }
            console.error(`story42 local: there is no program ${command}`);
            resolve(EXIT_NOT_FOUND);
        });
        child.once("close", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
    });
}

/** Starts the local cloud, and returns the environment in which a command works on it. */
async function openCloud({ stateDir, screen, signal }: Omit<RunOptions, "command" | "args">) {
    ownFolder(stateDir);
    // Nothing in there is for a repository.
    writeFileSync(join(stateDir, ".gitignore"), "*\n");
    const release = await takeCloudInTurn(stateDir, screen, signal);
    try {
        const tools = await provideCloudTools(screen, signal);
        const emulator = await startEmulator({
            command: tools.ministack,
            stateDir,
            region: REGION,
            // The policies of roles and buckets count, so that a right that is missing shows.
            env: { AUTH: "true" },
            signal,
        });
        if (emulator.started) {
            screen.line(`Local cloud: MiniStack at ${emulator.endpoint}, with its state in ${stateDir}`);
        }
        return environment(stateDir, tools.pulumi, emulator.endpoint);
    } finally {
        release();
    }
}

function environment(stateDir: string, pulumi: string, endpoint: string): NodeJS.ProcessEnv {
    const { AWS_REGION, AWS_DEFAULT_REGION, PULUMI_CONFIG_PASSPHRASE, ...own } = process.env;
    const region = AWS_REGION ?? AWS_DEFAULT_REGION ?? REGION;
    const others = Object.entries(own).filter(([name]) => !name.startsWith("AWS_"));
    return {
        // A profile, a session or an endpoint of the person's own would lead to the real AWS.
        ...Object.fromEntries(others),
        ...engineEnvironment(stateDir, {
            ...cloudVariables(stateDir, endpoint, region),
            AWS_DEFAULT_REGION: region,
            // What other plugins the program needs, nobody here knows.
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
            ...(PULUMI_CONFIG_PASSPHRASE === undefined ? {} : { PULUMI_CONFIG_PASSPHRASE }),
        }),
        PATH: onPath("pulumi") === pulumi ? own.PATH : [dirname(pulumi), own.PATH].join(delimiter),
    };
}
