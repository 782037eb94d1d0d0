/** The program of a stack: its settings, checked, become a Story-42; what scripts need of it are the stack's outputs. */
import { log } from "@pulumi/pulumi";
import { stackOutputs } from "./stacks/outputs.ts";
import { readSettings } from "./stacks/readSettings.ts";
import { builtSite } from "./stacks/siteBuild.ts";
import { createStory42 } from "./stacks/story42.ts";

export default async () => {
    const settings = readSettings();
    return stackOutputs(createStory42(settings, await builtSite(log.info)));
};
