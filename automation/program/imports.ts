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
        if (Object.keys(more).length === 0) {
            return undefined;
        }
        // Not given, it is handed over by the SDK as false, which would keep the provider from deciding. Given as
        // false, as of a balancer, it lets the new one be made first, under another name: what is taken over is
        // replaced under the same name, and has to go first.
        const deleteBeforeReplace = (opts as pulumi.CustomResourceOptions).deleteBeforeReplace || undefined;
        return { props, opts: { ...opts, deleteBeforeReplace, ...more } };
    };
}
