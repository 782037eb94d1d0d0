/** The program of a stack: its settings, checked, become a Story-42; what scripts need of it are the stack's outputs. */
import { log } from "@pulumi/pulumi";
import { stackOutputs } from "./outputs.ts";
import { readSettings } from "./readSettings.ts";
import { builtSite } from "./siteBuild.ts";
import { createStory42 } from "./story42.ts";

export async function program() {
    const settings = readSettings();
    return stackOutputs(createStory42(settings, await builtSite(log.info)));
}
