import { physicalNames } from "../../components/core/names.ts";
import type { Deployment } from "./deployment.ts";
import type { Instance } from "./state.ts";

/**
 * The instances of other deployments in the same state: those with one of their names, and those that belong to them,
 * such as the users of their pools.
 */
export function foreignInstances(
    instances: readonly Instance[],
    own: Deployment,
    others: readonly Deployment[],
): ReadonlySet<Instance> {
    const ownNames = new Set<unknown>(Object.values(physicalNames(own)));
    // Names and ids of foreign instances; each one found adds its own.
    const identifying = new Set<unknown>(
        others.flatMap((other) => Object.values(physicalNames(other))).filter((name) => !ownNames.has(name)),
    );
    const foreign = new Set<Instance>();
    for (let before = -1; before < foreign.size; ) {
        before = foreign.size;
        for (const instance of instances) {
            const parts = [instance.attributes, tagsOf(instance), ...originsOf(instance)];
            const values = parts.flatMap((part) => Object.values(part));
            if (!foreign.has(instance) && values.some((value) => identifying.has(value))) {
                foreign.add(instance);
                identifying.add(instance.attributes.id).add(instance.attributes.arn);
                identifying.delete(undefined);
                identifying.delete("");
            }
        }
    }
    return foreign;
}

/** The origins of a distribution; nothing else of it has a name of the deployment. */
function originsOf({ attributes: { origin } }: Instance): object[] {
    return Array.isArray(origin) ? origin : [];
}

function tagsOf({ attributes: { tags } }: Instance): object {
    return typeof tags === "object" && tags !== null ? tags : {};
}
