import { physicalNames } from "../../components/names.ts";
import type { Deployment } from "./deployment.ts";
import type { Instance } from "./state.ts";

/** Tells whether an instance belongs to one of `others` in the same state, by its name. */
export function foreignTo(own: Deployment, others: readonly Deployment[]): (instance: Instance) => boolean {
    const ownNames = new Set(Object.values(physicalNames(own)));
    const names = new Set(
        others.flatMap((other) => Object.values(physicalNames(other))).filter((it) => !ownNames.has(it)),
    );
    return ({ attributes }) =>
        ["name", "bucket", "function_name", "repository", "domain"].some((attribute) =>
            names.has(String(attributes[attribute])),
        );
}
