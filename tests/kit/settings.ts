import { expect } from "chai";
import { checkSettings, SettingsError } from "../../stacks/checkSettings.ts";

/** The settings that every stack must have, of a development stack. */
export const requiredSettings = {
    region: "us-east-1",
    projectName: "story-42",
    environment: "dev",
    adminEmail: "admin@example.com",
    googleApiKey: "google-key-value",
    tech42TtsApiUrl: "https://tts.example.com",
    tech42TtsApiKey: "tts-key-value",
};

/** The problems that `change` makes of settings that are otherwise well. */
export function settingsProblems(change: Record<string, unknown>): string[] {
    try {
        checkSettings({ ...requiredSettings, ...change });
    } catch (error) {
        expect(error).to.be.instanceOf(SettingsError);
        return [...(error as SettingsError).problems];
    }
    return [];
}
