import type * as pulumi from "@pulumi/pulumi";
import { type Permission, permit } from "../components/core/iam.ts";
import type { Grantee } from "../components/index.ts";

/**
 * A component of the library for programs in other languages: its arguments and outputs are plain data, since neither
 * functions nor objects with methods can be passed between languages.
 */
export interface ProvidedComponent<Inputs extends object, Outputs extends object> {
    /** Creates the component in this process, and returns it with the outputs for the program. */
    make(name: string, inputs: Inputs, opts: pulumi.ComponentResourceOptions): CreatedComponent<Outputs>;
    /** Inputs that must be secret in the state. @example { API_KEY: data.ttsApiKey } */
    secrets: readonly (keyof Inputs & string)[];
}

/** A created component, and its outputs for the program. */
export interface CreatedComponent<Outputs extends object> {
    component: pulumi.ComponentResource;
    outputs: Outputs;
}

/** Arguments of a component without those that only a program in TypeScript or JavaScript can give. */
export type Data<Args> = Omit<Args, "transform">;

/** Gives a role the permissions that a program lists; in TypeScript the owner of a resource grants instead. */
export function grantPermissions(grantee: Grantee & pulumi.Resource, permissions: Permission[] | undefined): void {
    permit(grantee, permissions, { parent: grantee, aliases: [{ parent: grantee.role }] });
}

/** Makes a component's definition, with its types inferred. */
export function defineComponent<Inputs extends object, Outputs extends object>(
    make: ProvidedComponent<Inputs, Outputs>["make"],
    secrets: readonly (keyof Inputs & string)[] = [],
): ProvidedComponent<Inputs, Outputs> {
    return { make, secrets };
}
