/** Stack states of released versions, in tests/snapshots/states/VERSION/STACK.json. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Deployment, LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { ownGroupPulumi } from "../../../automation/engine/pulumiCommand.ts";
import { projectName } from "../../../automation/engine/workspace.ts";
import type { StorySettingsInput } from "../../../automation/index.ts";
import { root } from "../../../local/lib/paths.ts";
import { pulumiVersion } from "../../../local/tools/pulumiCli.ts";
import type { World } from "./world.ts";

const folder = join(root, "tests/snapshots/states");

/** Stacks with a state in each version, with their settings in addition to the {@link World}'s. */
export const stacks: Record<string, Partial<StorySettingsInput>> = {
    dev: {},
    prod: { production: true, enableCustomDomain: true, domainName: "example.com" },
};

/** The settings of one of these stacks. */
export function settingsOf(world: World, stack: string): StorySettingsInput {
    return world.settings(stack, { projectName: "story-42", ...stacks[stack] });
}

/** The versions that have states. */
export function recordedVersions(): string[] {
    return readdirSync(folder).sort();
}

export function readState(version: string, stack: string): Deployment {
    return JSON.parse(readFileSync(pathOf(version, stack), "utf8"));
}

/** Records a state, one line per resource, without times and paths of this machine. */
export function writeState(version: string, stack: string, { version: format, deployment }: Deployment): void {
    const { resources, manifest, ...rest } = deployment;
    const lines = resources.map(
        ({ created, modified, sourcePosition, stackTrace, ...resource }: Record<string, unknown>) =>
            JSON.stringify(resource),
    );
    const head = JSON.stringify({ manifest: { ...manifest, time: "2000-01-01T00:00:00Z" }, ...rest });
    mkdirSync(dirname(pathOf(version, stack)), { recursive: true });
    writeFileSync(
        pathOf(version, stack),
        `{"version":${format},"deployment":{${head.slice(1, -1)},"resources":[\n${lines.join(",\n")}\n]}}\n`,
    );
}

/** Imports a state into a world, in place of the stack of the same name. */
export async function importState(world: World, stack: string, recorded: Deployment): Promise<void> {
    const { command, env } = world.cli();
    const args = { stackName: stack, projectName, program: async () => {} };
    const options = { envVars: env, pulumiCommand: ownGroupPulumi(command, pulumiVersion) };
    const engine = await LocalWorkspace.createOrSelectStack(args, options);
    await engine.importStack(recorded);
}

function pathOf(version: string, stack: string): string {
    return join(folder, version, `${stack}.json`);
}
