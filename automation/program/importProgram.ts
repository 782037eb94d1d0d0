import { getVersion } from "@pulumi/aws/utilities.js";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import type { ResourceName } from "../engine/changes.ts";

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
        const made = new Map<string, Existing>();
        const make = ({ type, name, id, parents, inputs }: ExistingResource): Existing => {
            let parent: pulumi.Resource | undefined;
            for (const { urn, type, name } of parents) {
                const component: pulumi.ComponentResource =
                    components.get(urn) ?? new pulumi.ComponentResource(type, name, {}, { parent });
                components.set(urn, component);
                parent = component;
            }
            // Nothing of it is to change: whatever it has is what the program wants.
            const ignoreChanges = inputs ? [] : ["*"];
            const options = { parent, import: id, ignoreChanges, version: getVersion() };
            return new Existing(type, name, linked(inputs ?? {}), options);
        };
        const madeOnce = (resource: ExistingResource) => {
            const one = made.get(resource.id) ?? make(resource);
            made.set(resource.id, one);
            return one;
        };
        // What names another of them by its id depends on it: the engine then deletes the two in the right order.
        const linked = (inputs: Record<string, unknown>) =>
            Object.fromEntries(
                Object.entries(inputs).map(([name, value]) => {
                    const other = resources.find(({ id }) => id === value);
                    return [name, other ? madeOnce(other).id : value];
                }),
            );
        for (const resource of resources) {
            madeOnce(resource);
        }
    };
}

class Existing extends pulumi.CustomResource {}

/** The URNs that a run of that program is about; whatever else is in the stack stays as it is. */
export function targetsOf(resources: readonly ExistingResource[]): string[] {
    return [...new Set(resources.flatMap(({ urn, parents }) => [...parents.map((parent) => parent.urn), urn]))];
}
