/** `docs/settings.md`: every setting of a stack, from the list with which they are checked. */
import type { z } from "zod";
import { defaultOf, type Setting, settingsList } from "../../stacks/settings.ts";
import { table } from "./text.ts";

/** The page. */
export function settingsPage(): string {
    const settings = Object.entries<Setting<z.ZodType>>(settingsList);
    const required = settings.filter(([, it]) => defaultOf(it) === undefined);
    const optional = settings.filter((one) => !required.includes(one));
    const head = ["Key", "What it decides", "Allowed"];
    return `# Settings of a stack

Written by \`npm run docs\` from \`stacks/settings.ts\`. A setting is a line \`story-42:KEY\` in \`Pulumi.STACK.yaml\`.
\`pulumi config set KEY VALUE\` writes one, \`pulumi config set --secret KEY\` asks for a secret's value and stores it
encrypted, and \`pulumi config set KEY 'JSON'\` writes a structured one. The region is \`aws:region\` (formerly \`region\`).
All are checked before anything is created, and every problem is named at once. P is the project's name, E the
environment's; "formerly" is the setting's name in the earlier Terraform deployment, where that was another word.

## Required

${table(
    [...head, "Formerly"],
    required.map(([key, it]) => [...common(key, it), formerly(it)]),
)}

## With a default

${table(
    [...head, "Default", "Formerly"],
    optional.map(([key, it]) => [...common(key, it), defaultOf(it) ?? "", formerly(it)]),
)}
`;
}

function common(key: string, { about, allowed, secret }: Setting<z.ZodType>): string[] {
    return [`\`${key}\`${secret ? " (secret)" : ""}`, about, allowed];
}

function formerly(setting: Setting<z.ZodType>): string {
    return setting.formerly ? `\`${setting.formerly}\`` : "";
}
