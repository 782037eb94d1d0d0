/** Prompts as data: texts with names in braces, and a version that tells one set of them from another. */
import { createHash } from "node:crypto";

/**
 * The text with each `{name}` replaced.
 *
 * @throws when a name has no value: a prompt with a gap would be asked, and paid for
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

/** The version of a set of prompts: 12 hexadecimal digits that change with any of its texts, whatever their order. */
export function versionOf(prompts: object): string {
    const entries = Object.entries(prompts).sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 12);
}
