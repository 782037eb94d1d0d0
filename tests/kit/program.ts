import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { checkSettings } from "../../stacks/checkSettings.ts";
import type { StorySettingsInput } from "../../stacks/settings.ts";
import { createStory42 } from "../../stacks/story42.ts";
import { type Registrations, type RunOptions, run } from "./monitor.ts";
import { requiredSettings } from "./settings.ts";

/** Runs a whole stack under mocks, with a site of one page. */
export async function runStack(
    settings: Partial<StorySettingsInput> & { environment: string },
    options: RunOptions = {},
): Promise<Registrations> {
    const folder = mkdtempSync(join(tmpdir(), "story-42-"));
    try {
        writeFileSync(join(folder, "index.html"), "<!doctype html>");
        const checked = checkSettings({ ...requiredSettings, ...settings });
        const { resources } = await run(() => createStory42(checked, relative(process.cwd(), folder)), {
            ...options,
            stack: settings.environment,
        });
        return resources;
    } finally {
        rmSync(folder, { recursive: true });
    }
}
