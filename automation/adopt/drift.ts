import { isDeepStrictEqual } from "node:util";
import { runtime } from "@pulumi/pulumi";
import type { Attributes } from "./state.ts";

/** Settings of the provider that AWS does not store: Terraform's values stay as they were. */
const PROVIDERS_OWN = new Set([
    "force_delete",
    "force_destroy",
    "force_overwrite_replica_secret",
    "recovery_window_in_days",
    "retain_on_delete",
    "skip_destroy",
    "wait_for_deployment",
    "wait_for_steady_state",
]);

/**
 * The settings, by Terraform's names, in which a resource of Pulumi differs from a Terraform state. Both have the same settings
 * under names that differ in form only, and a list of one in Terraform is a plain value in Pulumi.
 *
 * @param inputs the resource's inputs in Pulumi; secrets among them can't be compared, and are skipped
 */
export function changedSettings(inputs: Readonly<Record<string, unknown>>, attributes: Attributes): string[] {
    return Object.entries(inputs)
        .filter(([name]) => !name.startsWith("__"))
        .map(([name, value]) => ({ name: attributeOf(name, attributes), value }))
        .filter(({ name, value }) => name !== undefined && !PROVIDERS_OWN.has(name) && !isSame(value, attributes[name]))
        .map(({ name }) => String(name))
        .sort();
}

/** The Terraform attribute of an input; Terraform's lists have singular names. */
function attributeOf(input: string, attributes: Attributes): string | undefined {
    const name = snake(input);
    return [name, name.replace(/s$/, ""), name.replace(/ies$/, "y"), name.replace(/es$/, "")].find(
        (candidate) => candidate in attributes,
    );
}

function snake(name: string): string {
    return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isSame(input: unknown, attribute: unknown): boolean {
    return isSecret(input) || isDeepStrictEqual(plain(input), plain(attribute));
}

/** A value in a normal form for comparison: without empty values, lists of one as their only value, all as text. */
function plain(value: unknown): unknown {
    if (Array.isArray(value)) {
        const values = value.map(plain).filter((one) => one !== undefined);
        return values.length > 1 ? values.map((one) => JSON.stringify(one)).sort() : values[0];
    }
    if (typeof value === "object" && value !== null) {
        const entries = Object.entries(value)
            .filter(([name]) => !name.startsWith("__"))
            .map(([name, one]) => [snake(name).replace(/s$/, ""), plain(one)] as const)
            .filter(([, one]) => one !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1));
        return entries.length > 0 ? Object.fromEntries(entries) : undefined;
    }
    if (typeof value === "string" && /^[[{]/.test(value)) {
        return plain(parsed(value));
    }
    return value === null || value === undefined || value === "" || value === false || value === 0
        ? undefined
        : String(value);
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return `text ${text}`;
    }
}

/** Whether a value is the placeholder of a secret in Pulumi's state. */
function isSecret(value: unknown): boolean {
    return typeof value === "object" && value !== null && runtime.specialSigKey in value;
}
