import type * as pulumi from "@pulumi/pulumi";
import type { Naming } from "./names.ts";

/** The tags of every child that can carry them: who it belongs to, under the caller's own. */
export function tagsFor(
    { project, environment }: Naming,
    name: string,
    extra: Record<string, pulumi.Input<string>> = {},
): Record<string, pulumi.Input<string>> {
    return { Name: name, Project: project, Environment: environment, ManagedBy: "Pulumi", ...extra };
}
