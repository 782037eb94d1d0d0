import type * as pulumi from "@pulumi/pulumi";

/**
 * Changes what a component passes to one of its children, for whatever the component's own arguments do not cover.
 *
 * An object is laid over the child's arguments (a property given replaces the component's). A function gets the
 * arguments, the resource options and the logical name, and may change the first two in place or return new arguments.
 *
 * @example { sessionsTable: { readCapacity: 5 } }
 * @example { sessionsTable: (args, opts) => { opts.retainOnDelete = true; } }
 */
export type Transform<Args> =
    | Partial<Args>
    // biome-ignore lint/suspicious/noConfusingVoidType: a function that only changes its arguments in place returns nothing
    | ((args: Args, opts: pulumi.CustomResourceOptions, name: string) => Args | void);

/** The three constructor parameters of a child after the caller's transform: `new Table(...transform(change, name, args, opts))`. */
export function transform<Args extends object>(
    change: Transform<Args> | undefined,
    name: string,
    args: Args,
    opts: pulumi.CustomResourceOptions,
): [string, Args, pulumi.CustomResourceOptions] {
    const childOptions = { ...opts };
    if (typeof change === "function") {
        const changed = { ...args };
        return [name, change(changed, childOptions, name) ?? changed, childOptions];
    }
    return [name, { ...args, ...change }, childOptions];
}

/** Creates a child of `parent`, with the caller's transform applied. */
export function child<Args extends object, Child extends pulumi.Resource>(
    parent: pulumi.Resource,
    Type: new (name: string, args: Args, opts: pulumi.CustomResourceOptions) => Child,
    name: string,
    change: Transform<Args> | undefined,
    args: Args,
    opts: pulumi.CustomResourceOptions = {},
): Child {
    return new Type(...transform(change, name, args, { parent, ...opts }));
}
