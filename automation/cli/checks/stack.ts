import { NoSuchStackError, SettingsError } from "../../index.ts";
import { CommandFailure } from "../exitCodes.ts";
import { type Check, ok, todo } from "./check.ts";

export const stackCheck: Check = {
    name: "stack",
    async look(environment) {
        try {
            const { name, story } = await environment.stack();
            return ok(`${name}, ${(await story.outputs()) ? "deployed" : "nothing deployed yet"}`);
        } catch (error) {
            if (error instanceof NoSuchStackError) {
                return todo(error.message, "Make it: pulumi stack init NAME");
            }
            if (error instanceof CommandFailure) {
                return todo("none is named", error.message);
            }
            return todo((error as Error).message, "Sign in to the backend (pulumi login), or set PULUMI_BACKEND_URL.");
        }
    },
};

export const settingsCheck: Check = {
    name: "settings",
    async look(environment) {
        try {
            const settings = await environment.settings();
            return ok(`${settings.projectName}, ${settings.environment}, ${settings.region}`);
        } catch (error) {
            if (error instanceof SettingsError) {
                const { length } = error.problems;
                return todo(`${length} ${length === 1 ? "problem" : "problems"}`, error.problems.join("\n"));
            }
            throw error;
        }
    },
};
