/** The program of a stack: its settings, checked, become a Story-42; what scripts need of it are the stack's outputs. */
import { log, RunError } from "@pulumi/pulumi";
import { SettingsError } from "./stacks/checkSettings.ts";
import { stackOutputs } from "./stacks/outputs.ts";
import { readSettings } from "./stacks/readSettings.ts";
import { builtSite, SiteError } from "./stacks/siteBuild.ts";
import { createStory42 } from "./stacks/story42.ts";

export default async () => {
    try {
        const settings = readSettings();
        return stackOutputs(createStory42(settings, await builtSite(log.info)));
    } catch (error) {
        // Of what a person can correct Pulumi shows the message alone, without where in the program it was noticed.
        throw error instanceof SettingsError || error instanceof SiteError ? new RunError(error.message) : error;
    }
};
