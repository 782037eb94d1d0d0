import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { ownGroupPulumi } from "./pulumiCommand.ts";

/** The name of the Pulumi project in `Pulumi.yaml`; a backend groups stacks by project. */
export const projectName = "story-42";

/** The file with a stack's settings. */
export function fileOf(stackName: string): string {
    return `Pulumi.${stackName}.yaml`;
}

/** The options of a stack's engine; plain data, so that they can be sent to another process. */
export interface EngineOptions {
    stackName: string;
    /** The folder with `Pulumi.yaml` and the stack's file. */
    workDir: string;
    /** Pulumi's command line. */
    pulumi: { path: string; version: string };
    /** Variables beside those of this process, for the engine and its providers. */
    envVars: Record<string, string>;
    /** The secrets provider of a new stack. Default: that of Pulumi's own command line. */
    secretsProvider?: string;
    /** The environment variable that marks all processes of the run. */
    mark: Record<string, string>;
}

/** Opens a stack of the backend; creates it when it does not exist and `make` is true. */
export async function openEngine(engineOptions: EngineOptions, make: boolean, program: PulumiFn): Promise<Stack> {
    const args = { stackName: engineOptions.stackName, projectName, program };
    const options = {
        workDir: engineOptions.workDir,
        envVars: { ...engineOptions.envVars, ...engineOptions.mark },
        secretsProvider: engineOptions.secretsProvider,
        pulumiCommand: ownGroupPulumi(engineOptions.pulumi.path, engineOptions.pulumi.version),
    };
    return make
        ? await LocalWorkspace.createOrSelectStack(args, options)
        : await LocalWorkspace.selectStack(args, options);
}

/**
 * Writes a `Pulumi.yaml` into a temporary folder.
 *
 * @param main the base of relative paths of the program and its providers
 */
export function writeProject(folder: string, main: string | undefined): void {
    const project = { name: projectName, runtime: { name: "nodejs", options: { typescript: false } }, main };
    // JSON is YAML.
    writeFileSync(join(folder, "Pulumi.yaml"), `${JSON.stringify(project, null, 2)}\n`);
}
