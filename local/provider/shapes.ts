/** Between the names of the official provider's properties (camelCase) and of AWS's APIs (PascalCase). */
import type { Properties } from "./values.ts";

/** An object with AWS's names, all the way down; the keys of maps under `verbatim` stay as they are. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's input types check the result where it is used
export function toAws(value: unknown, verbatim: string[] = []): any {
    return renamed(value, (key) => key.charAt(0).toUpperCase() + key.slice(1), verbatim);
}

/** An object with the provider's names, all the way down. */
// biome-ignore lint/suspicious/noExplicitAny: properties are as manifold as resource types
export function fromAws(value: unknown, verbatim: string[] = []): any {
    return renamed(value, (key) => key.charAt(0).toLowerCase() + key.slice(1), verbatim);
}

function renamed(value: unknown, rename: (key: string) => string, verbatim: string[]): unknown {
    if (Array.isArray(value)) {
        return value.map((one) => renamed(one, rename, verbatim));
    }
    if (typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)) {
        return Object.fromEntries(
            Object.entries(value)
                .filter(([, it]) => it !== undefined && it !== null)
                .map(([key, it]) => [rename(key), verbatim.includes(key) ? it : renamed(it, rename, verbatim)]),
        );
    }
    return value;
}

/** Tags as most services take them. */
export function tagList(tags: Properties | undefined): { Key: string; Value: string }[] {
    return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value: String(Value) }));
}

/** Tags as most services give them, without those that AWS itself sets. */
export function tagMap(
    list: { Key?: string; Value?: string; key?: string; value?: string }[] | undefined,
): Record<string, string> {
    const pairs = (list ?? []).map((tag) => [tag.Key ?? tag.key ?? "", tag.Value ?? tag.value ?? ""] as const);
    return Object.fromEntries(pairs.filter(([key]) => !key.startsWith("aws:")));
}

/** The tags that `next` no longer has. */
export function removedTags(old: Properties | undefined, next: Properties | undefined): string[] {
    return Object.keys(old ?? {}).filter((key) => !(key in (next ?? {})));
}

/** The one thing that was asked for, or undefined. */
export function only<T>(list: T[] | undefined): T | undefined {
    return list?.[0];
}

/** A value that the service must have given. */
export function required(value: string | undefined, what: string): string {
    if (!value) {
        throw new Error(`the emulator gave no ${what}`);
    }
    return value;
}
