/** The program of a stack: checks its settings, creates Story-42, and returns the stack's outputs. */
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
        // For a RunError, Pulumi shows the message without a stack trace: these are errors that a user can correct.
        throw error instanceof SettingsError || error instanceof SiteError ? new RunError(error.message) : error;
    }
};
