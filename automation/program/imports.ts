import type * as pulumi from "@pulumi/pulumi";

/** Existing resources to import instead of creating: their ids, by `TYPE::NAME`. */
export type Imports = Record<string, string>;

/**
 * A transform that sets the `import` option of the named resources.
 *
 * @param replaceable types that are not protected in this run: the engine never replaces a protected resource
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
        // The SDK passes an omitted option as false, which would override the provider's default. An explicit
        // false, as for the load balancer, creates the replacement first, under another name: an imported resource
        // is replaced under the same name, and has to be deleted first.
        const deleteBeforeReplace = (opts as pulumi.CustomResourceOptions).deleteBeforeReplace || undefined;
        return { props, opts: { ...opts, deleteBeforeReplace, ...more } };
    };
}
