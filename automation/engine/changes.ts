import { runtime } from "@pulumi/pulumi";
import type { StepEventMetadata } from "@pulumi/pulumi/automation/index.js";

/** What happens to a resource, or would. */
export type ChangeKind = "create" | "update" | "replace" | "delete" | "import" | "same";

/** A resource by its names. */
export interface ResourceName {
    urn: string;
    /** Its type, for example `aws:s3/bucket:Bucket`. */
    type: string;
    /** Its name in the program, for example `data-images`. */
    name: string;
}

/** A property that differs. */
export interface PropertyChange {
    /** Its path, for example `tags.Project`. */
    path: string;
    /** Its value before: `undefined` when it had none, `[secret]` for a secret's. */
    from?: unknown;
    /** Its value afterwards, likewise; `[unknown]` when only the deployment determines it. */
    to?: unknown;
    /** Whether it causes a replacement. */
    replaces: boolean;
}

/** What the engine did, or would do, with one resource. */
export interface Change extends ResourceName {
    op: string;
    /** The properties that caused an update or a replacement. */
    properties: PropertyChange[];
}

/** One resource and its kind of change. */
export interface ResourceChange extends ResourceName {
    kind: ChangeKind;
    /** The properties that differ, for an update or a replacement. */
    properties: PropertyChange[];
}

/** All resources of a stack, including components, by their kind of change. */
export type Changes = Record<ChangeKind, ResourceChange[]>;

const kinds: Record<string, ChangeKind> = {
    create: "create",
    update: "update",
    delete: "delete",
    same: "same",
    import: "import",
    replace: "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
};

/** The properties that a step changes; empty for a step that creates, keeps or deletes. */
export function propertyChanges({ op, keys, diffs, detailedDiff, ...states }: StepEventMetadata): PropertyChange[] {
    if (op === "create" || op === "same" || op === "delete") {
        return [];
    }
    const replacing = new Set(keys ?? []);
    const paths = new Set(detailedDiff ? Object.keys(detailedDiff) : [...(diffs ?? []), ...replacing]);
    const changes = [...paths].map((path) => ({
        path,
        from: valueAt(states.old?.inputs, path),
        to: valueAt(states.new?.inputs, path),
        replaces: replacing.has(path) || (detailedDiff?.[path]?.diffKind.endsWith("replace") ?? false),
    }));
    // A provider also reports outputs that follow from a change (`tagsAll`, a function's new `version`): these are skipped.
    return changes.filter(
        ({ path, from, to, replaces }) =>
            !/^tagsAll\b/.test(path) && (from !== undefined || to !== undefined || replaces),
    );
}

/** The value at an engine's path such as `tags.Project`, `rules[0].prefix` or `tags["a.b"]`. */
function valueAt(inputs: Record<string, unknown> | undefined, path: string): unknown {
    const steps = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g);
    let value = shown(inputs);
    for (const [, quoted, index, plain] of steps) {
        // A part of a secret is secret.
        if (value === "[secret]") {
            return value;
        }
        value = (value as Record<string, unknown> | undefined | null)?.[quoted ?? index ?? plain ?? ""];
    }
    return value;
}

/** A value for callers, without the engine's special marks. */
function shown(value: unknown): unknown {
    if (value === runtime.unknownValue) {
        return "[unknown]";
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map(shown);
    }
    if ((value as Record<string, unknown>)[runtime.specialSigKey] === runtime.specialSecretSig) {
        return "[secret]";
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shown(one)]));
}

/** The changes of a run or a preview: several steps on one resource are one change. */
export function changesOf(steps: Iterable<Change>): Changes {
    const byUrn = new Map<string, ResourceChange>();
    for (const step of steps) {
        const kind = kinds[step.op];
        if (kind) {
            const before = byUrn.get(step.urn);
            byUrn.set(step.urn, {
                urn: step.urn,
                type: step.type,
                name: step.name,
                kind,
                properties: before?.properties.length ? before.properties : step.properties,
            });
        }
    }
    const changes: Changes = { create: [], update: [], replace: [], delete: [], import: [], same: [] };
    for (const change of byUrn.values()) {
        changes[change.kind].push(change);
    }
    return changes;
}
