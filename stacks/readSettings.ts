import * as pulumi from "@pulumi/pulumi";
import { checkSettings } from "./checkSettings.ts";
import { type SettingKey, type StorySettings, settingsList } from "./settings.ts";

/** A stack's configuration by full key (`story-42:adminEmail`), and which of its values are encrypted. */
export type StackConfig = Record<string, { value: string; secret?: boolean }>;

/**
 * The checked settings of the stack that is running, from its `Pulumi.STACK.yaml`.
 *
 * @throws {SettingsError} naming every problem at once, before any resource is registered
 */
export function readSettings(): StorySettings {
    const config = Object.entries(pulumi.runtime.allConfig()).map(([key, value]) => [
        key,
        { value, secret: encrypted(key) },
    ]);
    return settingsOf(Object.fromEntries(config), pulumi.getProject(), pulumi.getStack());
}

/**
 * The checked settings of a stack's configuration.
 *
 * @throws {SettingsError} naming every problem at once
 */
export function settingsOf(config: StackConfig, project: string, stack: string): StorySettings {
    const namespace = `${project}:`;
    const input: Record<string, unknown> = { environment: stack };
    const plainSecrets: string[] = [];
    for (const [name, { value, secret }] of Object.entries(config)) {
        if (name === "aws:region") {
            input.region = value;
        } else if (name.startsWith(namespace)) {
            const key = name.slice(namespace.length);
            input[key] = value;
            const isSecret = key in settingsList && "secret" in settingsList[key as SettingKey];
            if (isSecret && !secret) {
                plainSecrets.push(
                    `${key} is stored in plain text; store it encrypted: pulumi config set --secret ${key}`,
                );
            }
        }
    }
    return checkSettings(input, plainSecrets);
}

/** Whether a configuration value is encrypted in the stack's file. The SDK knows, but does not declare it. */
function encrypted(name: string): boolean {
    return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(name);
}
