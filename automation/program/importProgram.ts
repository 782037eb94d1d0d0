import { getVersion } from "@pulumi/aws/utilities.js";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import type { ResourceName } from "../engine/changes.ts";

/** An existing resource of AWS, and its place in the program. */
export interface ExistingResource extends ResourceName {
    /** The id by which the engine imports it. */
    id: string;
    /** Its parent components, the outermost first. */
    parents: ResourceName[];
    /** Its inputs, for types whose import does not read them. Default: what the import reads. */
    inputs?: Record<string, unknown>;
}

/**
 * A program that imports existing resources exactly as they are, and nothing else. Resources that have to be replaced must
 * belong to the stack first: the engine never replaces a resource that it imports.
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
            // Keep all its properties as they are.
            const ignoreChanges = inputs ? [] : ["*"];
            const options = { parent, import: id, ignoreChanges, version: getVersion() };
            return new Existing(type, name, linked(inputs ?? {}), options);
        };
        const madeOnce = (resource: ExistingResource) => {
            const one = made.get(resource.id) ?? make(resource);
            made.set(resource.id, one);
            return one;
        };
        // A resource whose input is another's id depends on it, so that the engine deletes the two in the right order.
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

/** The target URNs of a run of that program; all other resources of the stack stay as they are. */
export function targetsOf(resources: readonly ExistingResource[]): string[] {
    return [...new Set(resources.flatMap(({ urn, parents }) => [...parents.map((parent) => parent.urn), urn]))];
}
