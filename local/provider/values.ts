/** What travels between engine and provider: structs, with markers for what is not known yet and for assets. */
import structs from "google-protobuf/google/protobuf/struct_pb.js";

/** A resource's properties as plain values. */
// biome-ignore lint/suspicious/noExplicitAny: properties are as manifold as resource types
export type Properties = Record<string, any>;

/** How the engine writes a value that a preview can't know (pulumi/sdk, `plugin.UnknownStringValue`). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key that marks an object as something else than a plain object. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A struct's fields as plain values, secrets unwrapped; {@link secretsOf} tells which they were. */
export function fromStruct(struct: structs.Struct | undefined): Properties {
    return struct ? (unwrapSecrets(struct.toJavaScript()) as Properties) : {};
}

/** The fields of a struct that are, or contain, a secret. */
export function secretsOf(struct: structs.Struct | undefined): string[] {
    const fields = Object.entries(struct?.toJavaScript() ?? {});
    return fields.filter(([, value]) => hasSecret(value)).map(([name]) => name);
}

/** Plain values as a struct, those of `secrets` marked as such. */
export function toStruct(properties: Properties, secrets: Iterable<string> = []): structs.Struct {
    const plain: Properties = JSON.parse(JSON.stringify(properties));
    for (const name of secrets) {
        if (plain[name] !== undefined) {
            plain[name] = { [SIGNATURE]: SECRET, value: plain[name] };
        }
    }
    return structs.Struct.fromJavaScript(plain as { [key: string]: structs.JavaScriptValue });
}

/** Whether a value is, or contains, something not known yet. */
export function hasUnknown(value: unknown): boolean {
    if (value === UNKNOWN) {
        return true;
    }
    return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** Whether two values are the same to AWS: key order and `undefined` do not count, nor does the spacing of a JSON document. */
export function same(a: unknown, b: unknown): boolean {
    return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
    return JSON.stringify(sorted(value)) ?? "undefined";
}

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(sorted);
    }
    if (typeof value === "object" && value !== null) {
        const entries = Object.entries(value).filter(([, it]) => it !== undefined && it !== null);
        return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, it]) => [key, sorted(it)]));
    }
    if (typeof value === "string" && /^\s*[[{]/.test(value)) {
        try {
            const json = JSON.parse(value);
            return sorted(json?.Statement === undefined ? json : withoutSingleLists(json));
        } catch {
            return value;
        }
    }
    return value;
}

/** In a policy of IAM one value and a list of one are the same. */
function withoutSingleLists(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.length === 1 ? withoutSingleLists(value[0]) : value.map(withoutSingleLists);
    }
    return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, it]) => [key, withoutSingleLists(it)]))
        : value;
}

function hasSecret(value: unknown): boolean {
    if (typeof value !== "object" || value === null) {
        return false;
    }
    return (value as Properties)[SIGNATURE] === SECRET || Object.values(value).some(hasSecret);
}

function unwrapSecrets(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(unwrapSecrets);
    }
    if (typeof value === "object" && value !== null) {
        const fields = value as Properties;
        return fields[SIGNATURE] === SECRET
            ? unwrapSecrets(fields.value)
            : Object.fromEntries(Object.entries(fields).map(([key, it]) => [key, unwrapSecrets(it)]));
    }
    return value;
}
