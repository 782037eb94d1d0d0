import type * as pulumi from "@pulumi/pulumi";

/** Where a composition stands: alone in its program, or below a component of somebody else's. */
export interface Place {
    /** The logical name of a part, from its name in a program of its own. */
    nameOf(part: string): string;
    opts: { parent?: pulumi.Resource; dependsOn?: pulumi.Input<pulumi.Input<pulumi.Resource>[]> };
}

/** Alone in its program. */
export const ownProgram: Place = { nameOf: (part) => part, opts: {} };
