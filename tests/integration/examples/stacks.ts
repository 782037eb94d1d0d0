import { dirname } from "node:path";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { type ExecaError, execa } from "execa";
import { ownGroupPulumi } from "../../../automation/engine/pulumiCommand.ts";
import { projectName } from "../../../automation/engine/workspace.ts";
import { pulumiVersion } from "../../../local/tools/pulumiCli.ts";
import type { Installed } from "./example.ts";

/** Opens a stack of Story-42's project in the example's backend; makes it when there is none. */
export async function storyStack({ env, cloud }: Installed, stackName: string, program: PulumiFn): Promise<Stack> {
    return await LocalWorkspace.createOrSelectStack(
        { stackName, projectName, program },
        { envVars: env, pulumiCommand: ownGroupPulumi(cloud.pulumi, pulumiVersion) },
    );
}

/** The names of the stacks in the example's backend. */
export async function storyStacks({ env, cloud }: Installed): Promise<string[]> {
    const { stdout } = await execa(cloud.pulumi, ["stack", "ls", "--all", "--json"], { env });
    return JSON.parse(stdout).map(({ name }: { name: string }) => name.split("/").at(-1));
}

/** Runs a script of the example to its end, with Pulumi's command line on the PATH. */
export async function script(
    { folder, env, cloud }: Installed,
    args: string[],
    more: Record<string, string> = {},
): Promise<string> {
    const PATH = `${dirname(cloud.pulumi)}:${env.PATH}`;
    const { all } = await execa("node", args, { cwd: folder, env: { ...env, ...more, PATH }, all: true }).catch(
        (error: ExecaError) => {
            throw new Error(`node ${args.join(" ")}: ${error.shortMessage}\n${error.all}`);
        },
    );
    return all ?? "";
}
