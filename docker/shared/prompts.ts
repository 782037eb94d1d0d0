/** Prompt templates: texts with `{name}` placeholders, and a version for each set of prompts. */
import { createHash } from "node:crypto";

/**
 * Replaces each `{name}` in the text.
 *
 * @throws when a name has no value: otherwise an incomplete prompt would be sent, and paid for
 */
export function fill(text: string, values: Record<string, string | number>): string {
    return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        const value = values[name];
        if (value === undefined) {
            throw new Error(`the prompt names {${name}}, which has no value`);
        }
        return String(value);
    });
}

/** The version of a set of prompts: 12 hexadecimal digits that depend on the texts, not on their order. */
export function versionOf(prompts: object): string {
    const entries = Object.entries(prompts).sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 12);
}
