import { getVersion } from "@pulumi/aws/utilities.js";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import type { ResourceName } from "./changes.ts";

/** A resource of AWS that exists, and its place in the program. */
export interface ExistingResource extends ResourceName {
    /** What the engine imports it by. */
    id: string;
    /** The components that it is in, the outermost first. */
    parents: ResourceName[];
    /** Its settings, of a type whose import can't tell them. Default: what the import reads. */
    inputs?: Record<string, unknown>;
}

/**
 * A program of nothing but resources that exist, each taken over exactly as it is. What can't be changed but only replaced
 * has to be the stack's own first: the engine never replaces what it imports.
 */
export function programOfExisting(resources: readonly ExistingResource[]): PulumiFn {
    return async () => {
        const components = new Map<string, pulumi.ComponentResource>();
        for (const { type, name, id, parents, inputs } of resources) {
            let parent: pulumi.Resource | undefined;
            for (const { urn, type, name } of parents) {
                const made: pulumi.ComponentResource =
                    components.get(urn) ?? new pulumi.ComponentResource(type, name, {}, { parent });
                components.set(urn, made);
                parent = made;
            }
            // Nothing of it is to change: whatever it has is what the program wants.
            const ignoreChanges = inputs ? [] : ["*"];
            new Existing(type, name, inputs ?? {}, { parent, import: id, ignoreChanges, version: getVersion() });
        }
    };
}

class Existing extends pulumi.CustomResource {}

/** The URNs that a run of that program is about; whatever else is in the stack stays as it is. */
export function targetsOf(resources: readonly ExistingResource[]): string[] {
    return [...new Set(resources.flatMap(({ urn, parents }) => [...parents.map((parent) => parent.urn), urn]))];
}
