import type * as pulumi from "@pulumi/pulumi";
import { grant } from "../components/iam.ts";
import type { Grantee } from "../components/index.ts";

/**
 * A component of the library as programs in other languages see it: its arguments and outputs are plain data, since
 * neither functions nor objects with methods can be handed from one language to another.
 */
export interface ProvidedComponent<Inputs extends object, Outputs extends object> {
    /** Makes the component in this process, and tells what the program gets of it. */
    make(name: string, inputs: Inputs, opts: pulumi.ComponentResourceOptions): Provided<Outputs>;
    /** Inputs that no state may hold in plain. */
    secrets: readonly (keyof Inputs & string)[];
}

/** A component that was made, and what the program gets of it. */
export interface Provided<Outputs extends object> {
    component: pulumi.ComponentResource;
    outputs: Outputs;
}

/** Arguments of a component without what only a program in TypeScript or JavaScript can give. */
export type Data<Args> = Omit<Args, "transform">;

/** Something that a role may do, beside what its component needs itself. */
export interface Permission {
    /** What may be done, for example `dynamodb:PutItem`. */
    actions: string[];
    /** To what, by ARN. */
    resources: pulumi.Input<pulumi.Input<string>[]>;
}

/** Gives a role what a program asks for; in TypeScript the owner of a resource grants instead. */
export function permit(grantee: Grantee & pulumi.Resource, permissions: Permission[] | undefined): void {
    if (permissions && permissions.length > 0) {
        const statements = permissions.map(({ actions, resources }) => ({
            Effect: "Allow" as const,
            Action: actions,
            Resource: resources,
        }));
        grant(grantee, "permissions", statements, {
            parent: grantee,
            aliases: [{ parent: grantee.role }],
        });
    }
}

/** Brings the parts of a component's definition together. */
export function provided<Inputs extends object, Outputs extends object>(
    make: ProvidedComponent<Inputs, Outputs>["make"],
    secrets: readonly (keyof Inputs & string)[] = [],
): ProvidedComponent<Inputs, Outputs> {
    return { make, secrets };
}
