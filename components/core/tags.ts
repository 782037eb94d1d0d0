import type * as pulumi from "@pulumi/pulumi";
import type { Naming } from "./names.ts";

/** The project and environment of a child, and the caller's tags. */
export interface Tagged extends Naming {
    tags?: Record<string, pulumi.Input<string>>;
}

/** The tags of every child that can carry them; the caller's tags take precedence. */
export function tagsFor(
    { project, environment, tags = {} }: Tagged,
    name: string,
): Record<string, pulumi.Input<string>> {
    return { Name: name, Project: project, Environment: environment, ManagedBy: "Pulumi", ...tags };
}
