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

/** A command to run on a local cloud. */
export interface RunOptions {
    stateDir: string;
    command: string;
    args: string[];
    screen: Screen;
    /** Stops the preparations of the command. */
    signal: AbortSignal;
}

/** The default region. */
const REGION = "us-east-1";
/** The exit code of a shell for an unknown program. */
const EXIT_NOT_FOUND = 127;

/**
 * Runs a command on a local cloud, which is started if it does not run, and keeps running afterwards.
 *
 * @returns the command's exit code; 128 plus the number of a signal that ended it, as in a shell
 */
export async function run({ command, args, ...options }: RunOptions): Promise<number> {
    const env = await openCloud(options);
    options.signal.throwIfAborted();
    const child = spawn(command, args, { stdio: "inherit", env });
    const pass = (signal: NodeJS.Signals) => {
        // A terminal sends Ctrl-C to the command itself; a second signal would make Pulumi exit immediately.
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
    // Nothing in the folder belongs into a repository.
    writeFileSync(join(stateDir, ".gitignore"), "*\n");
    const release = await takeCloudInTurn(stateDir, screen, signal);
    try {
        const tools = await provideCloudTools(screen, signal);
        const emulator = await startEmulator({
            command: tools.ministack,
            stateDir,
            region: REGION,
            // Policies of roles and buckets are enforced, so that a missing permission shows.
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
        // The person's own profile, session or endpoint would lead to the real AWS.
        ...Object.fromEntries(others),
        ...engineEnvironment(stateDir, {
            ...cloudVariables(stateDir, endpoint, region),
            AWS_DEFAULT_REGION: region,
            // The program may need other plugins.
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
            ...(PULUMI_CONFIG_PASSPHRASE === undefined ? {} : { PULUMI_CONFIG_PASSPHRASE }),
        }),
        PATH: onPath("pulumi") === pulumi ? own.PATH : [dirname(pulumi), own.PATH].join(delimiter),
    };
}
