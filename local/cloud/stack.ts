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
/** Its state, from where the backend keeps those of all stacks. */
export const stackFile = `${projectName}/${stackName}.json`;

/** What the engine works with. */
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
    /** Whether its newest state was cut off, and an older one took its place. */
    restored: boolean;
}

/** Opens the local stack; makes it when there is none. */
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
            pulumiCommand: closed(ownGroupPulumi(pulumi, pulumiVersion)),
        },
    );
    return { stack, restored };
}

/** The same command line, of which nobody but its owner can read what it writes. */
function closed(pulumi: PulumiCommand): PulumiCommand {
    // The SDK calls it, but does not declare it.
    const { run } = pulumi as unknown as { run(...args: unknown[]): unknown };
    const closedRun = (...args: unknown[]) => {
        // A child has the mask of the moment when it is started, which is at once.
        const mask = process.umask(0o077);
        try {
            return run(...args);
        } finally {
            process.umask(mask);
        }
    };
    return { ...pulumi, run: closedRun } as unknown as PulumiCommand;
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

/** The region in a stack's settings, or where nothing names one. */
export function regionOf(settings: ConfigMap): string {
    return settings["aws:region"]?.value ?? "us-east-1";
}

/** The name in a stack's settings by which its resources are called. */
export function projectOf(settings: ConfigMap): string {
    return settings[`${projectName}:projectName`]?.value ?? projectName;
}

/**
 * Gives the stack its settings, where they differ from what it has. Secrets are encrypted anew each time they are stored, so
 * what counts is whether its file is still as it was when it was given these very settings; to ask Pulumi takes half a second.
 */
export async function applySettings(stack: Stack, stateDir: string, settings: ConfigMap): Promise<void> {
    const given = join(stateDir, "workspace/settings.sha256");
    if (existsSync(given) && readFileSync(given, "utf8") === hashOf(settings, stateDir)) {
        return;
    }
    const before = await stack.getAllConfig();
    const dropped = Object.keys(before).filter((key) => !(key in settings));
    if (dropped.length > 0) {
        await stack.removeAllConfig(dropped);
    }
    await stack.setAllConfig(settings);
    writeWhole(given, hashOf(settings, stateDir));
}

/** Of settings and of the file in which the stack has them, if it is there. */
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
