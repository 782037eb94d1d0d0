/**
 * Prompt templates: texts with `{name}` placeholders, and a version for each set of prompts, which the spans and the ledger's
 * rows of the calls that are made by them carry.
 */
import { AsyncLocalStorage } from "node:async_hooks";
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
    return createHash("sha256")
        .update(JSON.stringify(sorted(prompts)))
        .digest("hex")
        .slice(0, 12);
}

function sorted(value: unknown): unknown {
    return typeof value === "object" && value !== null
        ? Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([name, inner]) => [name, sorted(inner)])
        : value;
}

const current = new AsyncLocalStorage<string>();

/** Runs `ask`, whose calls are made by prompts of this version. */
export const byPrompts = <T>(version: string, ask: () => T): T => current.run(version, ask);

/** The version of the prompts by which calls are made now; undefined for calls without prompts. */
export const promptVersion = (): string | undefined => current.getStore();

/** The version as an attribute of spans, for which the `gen_ai.*` conventions have no name. */
export function promptAttributes(): { "story42.prompt_version"?: string } {
    const version = promptVersion();
    return version === undefined ? {} : { "story42.prompt_version": version };
}
