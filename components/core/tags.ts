import type * as pulumi from "@pulumi/pulumi";
import type { Naming } from "./names.ts";

/** Whose a child is, and the caller's own tags of it. */
export interface Tagged extends Naming {
    tags?: Record<string, pulumi.Input<string>>;
}

/** The tags of every child that can carry them: who it belongs to, under the caller's own. */
export function tagsFor(
    { project, environment, tags = {} }: Tagged,
    name: string,
): Record<string, pulumi.Input<string>> {
    return { Name: name, Project: project, Environment: environment, ManagedBy: "Pulumi", ...tags };
}
