import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { ownGroupPulumi } from "./pulumiCommand.ts";

/** Pulumi's project, as `Pulumi.yaml` names it: stacks of the same project see each other in the backend. */
export const projectName = "story-42";

/** The file with a stack's settings. */
export function fileOf(stackName: string): string {
    return `Pulumi.${stackName}.yaml`;
}

/** Where a stack's engine runs; plain data, so that it can be handed to another process. */
export interface EnginePlace {
    stackName: string;
    /** The folder with `Pulumi.yaml` and the stack's file. */
    workDir: string;
    /** Pulumi's command line. */
    pulumi: { path: string; version: string };
    /** Variables beside those of this process, for the engine and its providers. */
    envVars: Record<string, string>;
    /** What encrypts the secrets of a stack that is made. Default: as Pulumi's own command line has it. */
    secretsProvider?: string;
    /** The variable by which everything is found that is started here. */
    mark: Record<string, string>;
}

/** Opens a stack of the backend; makes it when it is not there and may be made. */
export async function openEngine(place: EnginePlace, make: boolean, program: PulumiFn): Promise<Stack> {
    const args = { stackName: place.stackName, projectName, program };
    const options = {
        workDir: place.workDir,
        envVars: { ...place.envVars, ...place.mark },
        secretsProvider: place.secretsProvider,
        pulumiCommand: ownGroupPulumi(place.pulumi.path, place.pulumi.version),
    };
    return make
        ? await LocalWorkspace.createOrSelectStack(args, options)
        : await LocalWorkspace.selectStack(args, options);
}

/**
 * Writes the project's file into a folder other than the project's own.
 *
 * @param main what the program's relative paths, and its providers', start from
 */
export function writeProject(folder: string, main: string | undefined): void {
    const project = { name: projectName, runtime: { name: "nodejs", options: { typescript: false } }, main };
    // JSON is YAML.
    writeFileSync(join(folder, "Pulumi.yaml"), `${JSON.stringify(project, null, 2)}\n`);
}
