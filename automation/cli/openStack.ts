import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { findPulumi, projectIn } from "../driver/driver.ts";
import { commandFailure } from "../engine/failure.ts";
import { ownGroupPulumi } from "../engine/pulumiCommand.ts";
import { projectName } from "../engine/workspace.ts";
import { type StoryOutputs, type StoryStack, StoryStacks } from "../index.ts";
import { type AwsClients, awsClients } from "./clients.ts";
import { CommandFailure } from "./exitCodes.ts";

/** The outputs that commands work with. */
export type StackOutputs = StoryOutputs;

/** A stack that is deployed. */
export interface DeployedStack {
    name: string;
    region: string;
    outputs: StackOutputs;
    clients: AwsClients;
}

/** The stack that a command is about. */
export interface CliStack {
    name: string;
    /** The driver's object for it. */
    story: StoryStack;
    /** The profile of its `aws:profile`, if it has one. */
    profile: string | undefined;
    /**
     * Its deployment.
     *
     * @throws {CommandFailure} when it has deployed nothing
     */
    deployed(): Promise<DeployedStack>;
}

/** Which stack a command is about. */
export interface StackChoice {
    /** The project's folder. */
    folder: string;
    /** The stack's name. Default: `PULUMI_STACK`, or the one that is selected in the folder. */
    name: string | undefined;
    /** The folder of a built site. Default: it is built in the project's folder. */
    siteContent?: string;
}

/** Opens a stack; an operation on it fails if it does not exist. */
export async function openStack({ folder, name: given, siteContent }: StackChoice): Promise<CliStack> {
    if (!existsSync(folder)) {
        throw new CommandFailure("usage", `There is no folder ${folder}. --project names the project's, a checkout.`);
    }
    const { path, version } = await findPulumi("pulumi", {});
    const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand: ownGroupPulumi(path, version) });
    const project = projectIn(folder);
    const isOwn = project === projectName;
    const name = given ?? process.env.PULUMI_STACK ?? (isOwn ? await selectedIn(workspace) : undefined);
    if (!name) {
        const here = project ? `is the Pulumi project ${project}, not ${projectName}` : "has no Pulumi.yaml";
        throw new CommandFailure(
            "no_stack",
            isOwn
                ? "No stack is named: give --stack NAME, set PULUMI_STACK or select one with `pulumi stack select`."
                : `No stack is named, and ${resolve(folder)} ${here}: give --stack NAME, or --project CHECKOUT.`,
        );
    }
    if (siteContent !== undefined && !existsSync(siteContent)) {
        throw new CommandFailure("usage", `There is no folder ${siteContent}. --site names that of a built site.`);
    }
    const story = new StoryStacks({ projectFolder: folder }).open(name, { siteContent });
    const profile = await profileOf(workspace, name);
    const deployed = async () => {
        const outputs = await story.outputs();
        if (!outputs) {
            throw new CommandFailure("not_deployed", `${name} has deployed nothing yet; \`story42 up\` does.`);
        }
        const { region } = outputs;
        return { name, region, outputs, clients: awsClients({ region, profile }) };
    };
    return { name, story, profile, deployed };
}

async function selectedIn(workspace: LocalWorkspace): Promise<string | undefined> {
    try {
        return (await workspace.stack())?.name;
    } catch (error) {
        throw commandFailure(error);
    }
}

async function profileOf(workspace: LocalWorkspace, name: string): Promise<string | undefined> {
    // A stack may have no file.
    const settings = await workspace.stackSettings(name).catch(() => undefined);
    const value = settings?.config?.["aws:profile"];
    return typeof value === "string" ? value : undefined;
}
