import type * as pulumi from "@pulumi/pulumi";

/** Resources that exist and are taken over instead of made: the id of each, under `TYPE::NAME`. */
export type Imports = Record<string, string>;

/**
 * Lets the engine import what is named, wherever in the program it is made.
 *
 * @param replaceable types that are not protected in this run: the engine replaces nothing that is
 */
export function importing(imports: Imports, replaceable: readonly string[]): pulumi.ResourceTransform {
    return ({ type, name, props, opts }) => {
        const id = imports[`${type}::${name}`];
        const more = {
            ...(id === undefined ? {} : { import: id }),
            ...(replaceable.includes(type) ? { protect: false } : {}),
        };
        return Object.keys(more).length === 0 ? undefined : { props, opts: { ...opts, ...more } };
    };
}
