import { physicalNames } from "../../components/core/names.ts";
import type { Deployment } from "./deployment.ts";
import type { Instance } from "./state.ts";

/**
 * The instances of other deployments in the same state: those with one of their names, and what belongs to those, such
 * as the users of their pools.
 */
export function foreignInstances(
    instances: readonly Instance[],
    own: Deployment,
    others: readonly Deployment[],
): ReadonlySet<Instance> {
    const ownNames = new Set<unknown>(Object.values(physicalNames(own)));
    // Names and ids that tell a foreign one; what is found adds its own.
    const telling = new Set<unknown>(
        others.flatMap((other) => Object.values(physicalNames(other))).filter((name) => !ownNames.has(name)),
    );
    const foreign = new Set<Instance>();
    for (let before = -1; before < foreign.size; ) {
        before = foreign.size;
        for (const instance of instances) {
            const parts = [instance.attributes, tagsOf(instance), ...originsOf(instance)];
            const values = parts.flatMap((part) => Object.values(part));
            if (!foreign.has(instance) && values.some((value) => telling.has(value))) {
                foreign.add(instance);
                telling.add(instance.attributes.id).add(instance.attributes.arn);
                telling.delete(undefined);
                telling.delete("");
            }
        }
    }
    return foreign;
}

/** Where a distribution gets its files from; nothing else of it has a name of the deployment's. */
function originsOf({ attributes: { origin } }: Instance): object[] {
    return Array.isArray(origin) ? origin : [];
}

function tagsOf({ attributes: { tags } }: Instance): object {
    return typeof tags === "object" && tags !== null ? tags : {};
}
