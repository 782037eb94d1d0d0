/** What the provider needs to know of a resource type, and how that becomes check, diff, create, read, update and delete. */
import type { Clients } from "./clients.ts";
import { hasUnknown, type Properties, same, UNKNOWN } from "./values.ts";

/** One resource type, against the emulator. */
export interface ResourceType {
    /** Inputs whose change makes a new resource, as the official provider has it. */
    replaceOn?: string[];
    /** Whether the old one must go before the new one comes, because both would have one name. Default: when `replaceOn` includes a name. */
    deleteFirst?: boolean;
    /** Outputs that only the cloud decides: unknown until the resource is there. */
    computed?: string[];
    /** Outputs of `computed` that an update changes; the others stay. Default: none. */
    changesWith?: string[];
    /** Settings that the emulator does not keep: they live in the stack's state alone, and are listed as such. */
    notEmulated?: string[];
    /** Inputs that are never read back, because the service doesn't tell them. */
    writeOnly?: string[];
    /** Properties that are secret whether or not the program says so. */
    secrets?: string[];
    /** Makes the resource and tells its id. */
    create(inputs: Properties, cloud: Clients): Promise<string>;
    /**
     * The resource as the cloud has it: settings under the names of inputs, and what is computed. Undefined when it is
     * gone. `known` is what the state has of it, or nothing on import.
     */
    read(id: string, cloud: Clients, known: Properties): Promise<Properties | undefined>;
    /** The resource's own id, where an import names it by more. Default: what the import names. */
    idOf?(actual: Properties, imported: string): string;
    /** Changes the resource to `inputs`. Types without it are replaced by any change. */
    update?(id: string, inputs: Properties, cloud: Clients, old: Properties): Promise<void>;
    delete(id: string, cloud: Clients, state: Properties): Promise<void>;
}

/** What a diff says of one property. */
export type ChangeKind = "add" | "delete" | "update";
export interface Change {
    property: string;
    kind: ChangeKind;
    replaces: boolean;
}

/** Marks the inputs of an import: all that the cloud has, defaults among them, and not what a program asked for. */
export const IMPORTED = "__imported";

/** What differs between the inputs that a resource has and those that it shall have. */
export function diff(
    type: ResourceType,
    oldInputs: Properties,
    oldState: Properties,
    news: Properties,
    ignored: string[],
): Change[] {
    const changes: Change[] = [];
    const imported = IMPORTED in oldInputs;
    for (const property of new Set([...Object.keys(oldInputs), ...Object.keys(news)])) {
        if (property.startsWith("__") || ignored.includes(property)) {
            continue;
        }
        // What was never set may still be so: the cloud's own default, or what an import found.
        const old = property in oldInputs ? oldInputs[property] : oldState[property];
        const next = news[property];
        if (same(old, next) || (next === undefined && (imported || !(property in oldInputs)))) {
            continue;
        }
        // What a program leaves out of an imported setting is the cloud's default.
        if (imported && old !== undefined && covers(old, next)) {
            continue;
        }
        const kind = old === undefined ? "add" : next === undefined ? "delete" : "update";
        changes.push({
            property,
            kind,
            replaces: type.update === undefined || (type.replaceOn ?? []).includes(property),
        });
    }
    return changes;
}

/** The outputs of a resource whose creation or update is only previewed. */
export function previewOutputs(type: ResourceType, inputs: Properties, old?: Properties): Properties {
    const known = old ?? {};
    const fresh = old ? (type.changesWith ?? []) : (type.computed ?? []);
    return { ...known, ...inputs, ...Object.fromEntries(fresh.map((name) => [name, UNKNOWN])) };
}

/**
 * The outputs of a resource: inputs as they were written where the cloud has the same, as the cloud has them where not,
 * and what the cloud decided.
 */
export function merge(type: ResourceType, inputs: Properties, actual: Properties): Properties {
    const outputs: Properties = { ...actual };
    for (const [name, wanted] of Object.entries(inputs)) {
        const kept = !(name in actual) || type.notEmulated?.includes(name) || type.writeOnly?.includes(name);
        if (kept || covers(actual[name], wanted)) {
            outputs[name] = wanted;
        }
    }
    return outputs;
}

/** Whether what the cloud has says all that was wanted; the cloud may add defaults to it. */
export function covers(actual: unknown, wanted: unknown): boolean {
    if (same(actual, wanted)) {
        return true;
    }
    if (Array.isArray(wanted) && Array.isArray(actual)) {
        return (
            wanted.length === actual.length &&
            wanted.every((one, at) => covers(actual[at], one) || actual.some((other) => covers(other, one)))
        );
    }
    if (isRecord(wanted) && isRecord(actual)) {
        return Object.entries(wanted).every(([key, it]) => it === undefined || it === null || covers(actual[key], it));
    }
    return String(actual) === String(wanted) && typeof wanted !== "object";
}

/** The inputs of a resource as the cloud has them: for a refresh those that were set, for an import all that are no computed ones. */
export function inputsOf(type: ResourceType, outputs: Properties, oldInputs: Properties | undefined): Properties {
    const names = oldInputs
        ? Object.keys(oldInputs)
        : Object.keys(outputs).filter((name) => !(type.computed ?? []).includes(name));
    return Object.fromEntries(names.map((name) => [name, outputs[name]]).filter(([, value]) => value !== undefined));
}

/** Refuses to act on what isn't known: the engine would have to be wrong. */
export function assertKnown(inputs: Properties): void {
    for (const [name, value] of Object.entries(inputs)) {
        if (hasUnknown(value)) {
            throw new Error(`${name} is not known`);
        }
    }
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
