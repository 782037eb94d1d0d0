import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
    type ConfigMap,
    LocalWorkspace,
    type PulumiCommand,
    type PulumiFn,
    type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { ownGroupPulumi } from "../../automation/engine/pulumiCommand.ts";
import { projectName, writeProject } from "../../automation/engine/workspace.ts";
import { ownFolder, writeWhole } from "../lib/files.ts";
import { pulumiHome, root } from "../lib/paths.ts";
import { pulumiVersion } from "../tools/pulumiCli.ts";
import { engineMark } from "./leftEngines.ts";
import { settleStack } from "./recovery.ts";
import { engineEnvironment } from "./variables.ts";

/** The stack of the local cloud. */
export const stackName = "local";
/** The path of its state within the backend's folder of stacks. */
export const stackFile = `${projectName}/${stackName}.json`;

/** The settings of the engine. */
export interface EngineOptions {
    stateDir: string;
    /** The Pulumi command line. */
    pulumi: string;
    /** More variables for the engine and the providers that it starts. */
    env: Record<string, string>;
    signal: AbortSignal;
}

/** The local stack, ready for the engine. */
export interface OpenedStack {
    stack: Stack;
    /** Whether its newest state was truncated, and an older one was restored. */
    restored: boolean;
}

/** Opens the local stack; creates it when there is none. */
export async function openStack(options: EngineOptions, program: PulumiFn): Promise<OpenedStack> {
    const { stateDir, pulumi, signal } = options;
    const workDir = workspace(stateDir);
    const restored = await settleStack(stateDir, stackFile, signal);
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName, projectName, program },
        {
            workDir,
            pulumiHome: pulumiHome(),
            envVars: { ...engineEnvironment(stateDir, options.env), ...engineMark(stateDir) },
            pulumiCommand: withPrivateFiles(ownGroupPulumi(pulumi, pulumiVersion)),
        },
    );
    return { stack, restored };
}

/** The same command line, which writes files that only their owner can read. */
function withPrivateFiles(pulumi: PulumiCommand): PulumiCommand {
    // The SDK calls `run`, but does not declare it.
    const { run } = pulumi as unknown as { run(...args: unknown[]): unknown };
    const privateRun = (...args: unknown[]) => {
        // A child inherits the umask that is set when it is spawned, which `run` does synchronously.
        const mask = process.umask(0o077);
        try {
            return run(...args);
        } finally {
            process.umask(mask);
        }
    };
    return { ...pulumi, run: privateRun } as unknown as PulumiCommand;
}

/** The settings of the stack's file in the project, `Pulumi.local.yaml`. */
export async function fileSettings(): Promise<ConfigMap> {
    const project = await LocalWorkspace.create({ workDir: root, pulumiCommand: ownGroupPulumi("", pulumiVersion) });
    const { config = {} } = await project.stackSettings(stackName).catch((error: Error) => {
        throw new Error(`Pulumi.${stackName}.yaml can't be read: ${error.message}`, { cause: error });
    });
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [
            key,
            { value: typeof value === "string" ? value : JSON.stringify(value) },
        ]),
    );
}

/** The region in a stack's settings, or the default. */
export function regionOf(settings: ConfigMap): string {
    return settings["aws:region"]?.value ?? "us-east-1";
}

/** The name in a stack's settings that the names of its resources begin with. */
export function projectOf(settings: ConfigMap): string {
    return settings[`${projectName}:projectName`]?.value ?? projectName;
}

/**
 * Sets the stack's settings, if they changed. Each store encrypts secrets anew, so a hash of the settings and of the stack's
 * file, as it was after they were set, is compared; asking Pulumi would take half a second.
 */
export async function applySettings(stack: Stack, stateDir: string, settings: ConfigMap): Promise<void> {
    const hashPath = join(stateDir, "workspace/settings.sha256");
    if (existsSync(hashPath) && readFileSync(hashPath, "utf8") === hashOf(settings, stateDir)) {
        return;
    }
    const before = await stack.getAllConfig();
    const dropped = Object.keys(before).filter((key) => !(key in settings));
    if (dropped.length > 0) {
        await stack.removeAllConfig(dropped);
    }
    await stack.setAllConfig(settings);
    writeWhole(hashPath, hashOf(settings, stateDir));
}

/** A hash of settings and of the stack's file, if it exists. */
function hashOf(settings: ConfigMap, stateDir: string): string {
    const file = join(stateDir, "workspace", `Pulumi.${stackName}.yaml`);
    const hash = createHash("sha256").update(JSON.stringify(settings));
    return (existsSync(file) ? hash.update(readFileSync(file)) : hash).digest("hex");
}

/** The stack's own folder: the project's `Pulumi.local.yaml` stays as it is, whatever is set. */
function workspace(stateDir: string): string {
    const folder = join(stateDir, "workspace");
    ownFolder(folder);
    writeProject(folder, join(root, "index.ts"));
    return folder;
}
