import type * as pulumi from "@pulumi/pulumi";

/** Resources that exist and are taken over instead of made: the id of each, under `TYPE::NAME`. */
export type Imports = Record<string, string>;

/** Lets the engine import what is named, wherever in the program it is made. */
export function importing(imports: Imports): pulumi.ResourceTransform {
    return ({ type, name, props, opts }) => {
        const id = imports[`${type}::${name}`];
        return id === undefined ? undefined : { props, opts: { ...opts, import: id } as pulumi.ResourceOptions };
    };
}
