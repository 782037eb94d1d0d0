import type * as pulumi from "@pulumi/pulumi";

/** The parent and the logical names of the parts: at the top of their own program, or below the component `Story42`. */
export interface ChildContext {
    /** Makes the logical name of a part from the name that it has at the top of a program. */
    nameOf(part: string): string;
    opts: { parent?: pulumi.Resource; dependsOn?: pulumi.Input<pulumi.Input<pulumi.Resource>[]> };
}

/** The parts are at the top of their program. */
export const topLevel: ChildContext = { nameOf: (part) => part, opts: {} };
