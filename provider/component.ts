import type * as pulumi from "@pulumi/pulumi";
import { type Permission, permit } from "../components/core/iam.ts";
import type { Grantee } from "../components/index.ts";

/**
 * A component of the library as programs in other languages see it: its arguments and outputs are plain data, since
 * neither functions nor objects with methods can be handed from one language to another.
 */
export interface ProvidedComponent<Inputs extends object, Outputs extends object> {
    /** Makes the component in this process, and tells what the program gets of it. */
    make(name: string, inputs: Inputs, opts: pulumi.ComponentResourceOptions): Provided<Outputs>;
    /** Inputs that no state may hold in plain. @example { API_KEY: data.ttsApiKey } */
    secrets: readonly (keyof Inputs & string)[];
}

/** A component that was made, and what the program gets of it. */
export interface Provided<Outputs extends object> {
    component: pulumi.ComponentResource;
    outputs: Outputs;
}

/** Arguments of a component without what only a program in TypeScript or JavaScript can give. */
export type Data<Args> = Omit<Args, "transform">;

/** Gives a role what a program asks for; in TypeScript the owner of a resource grants instead. */
export function permitted(grantee: Grantee & pulumi.Resource, permissions: Permission[] | undefined): void {
    permit(grantee, permissions, { parent: grantee, aliases: [{ parent: grantee.role }] });
}

/** Brings the parts of a component's definition together. */
export function provided<Inputs extends object, Outputs extends object>(
    make: ProvidedComponent<Inputs, Outputs>["make"],
    secrets: readonly (keyof Inputs & string)[] = [],
): ProvidedComponent<Inputs, Outputs> {
    return { make, secrets };
}
