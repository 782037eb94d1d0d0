import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../core/arguments.ts";
import { type Named, named, nameProblems } from "../core/names.ts";
import { IMAGE_REF } from "../core/references.ts";

import { type SharedFunctionArgs, StoryFunction, type StoryFunctionArgs } from "./function.ts";

/** Arguments of {@link StoryLambdas}. */
export interface StoryLambdasArgs extends SharedFunctionArgs {
    /**
     * The functions, by the short name that their logical names carry, for example `text`.
     *
     * @example { tell: { functionName: "shop-tell", image: image.ref } }
     */
    functions: Record<string, StoryFunctionArgs>;
}

type Args = Named<StoryLambdasArgs>;

/** Functions from container images, each with a role, log group, dead letters, tracing and a live alias of its own. */
export class StoryLambdas<Name extends string = string> extends pulumi.ComponentResource {
    /** The functions, by the short names of the argument; each has the `nodes` of its own, and there are no others. */
    readonly functions: Record<Name, StoryFunction>;

    constructor(
        name: string,
        given: StoryLambdasArgs & { functions: Record<Name, StoryFunctionArgs> },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        const args = checked(name, given);
        super("story42:index:StoryLambdas", name, {}, opts);
        const made = Object.entries<StoryFunctionArgs>(args.functions).map(([key, functionArgs]) => [
            key,
            new StoryFunction(`${name}-${key}`, functionArgs, args, { parent: this }),
        ]);
        this.functions = Object.fromEntries(made);
        this.registerOutputs({});
    }
}

function checked(name: string, given: StoryLambdasArgs): Args {
    const args = named(given);
    const check = new ArgumentCheck("StoryLambdas", name, args)
        .that(Object.keys(args.functions).length > 0, "functions is empty; it must name at least one function")
        .oneOf("architecture", args.architecture, ["x86_64", "arm64"])
        .retentionDays("logRetentionDays", args.logRetentionDays);
    for (const [key, functionArgs] of Object.entries(args.functions)) {
        const at = `functions.${key}`;
        check
            .matches(at, key, /^[a-z][a-z0-9-]*$/, "a short name of lower-case letters, digits and hyphens")
            .add(nameProblems("function", `${at}.functionName`, functionArgs.functionName))
            .add(nameProblems("role", `${at}.roleName`, functionArgs.roleName))
            .matches(`${at}.image`, functionArgs.image, IMAGE_REF, "an image by digest, ADDRESS@sha256:DIGEST")
            .integer(`${at}.memory`, functionArgs.memory, { min: 128, max: 10_240, unit: "MB" })
            .integer(`${at}.timeout`, functionArgs.timeout, { min: 1, max: 900, unit: "seconds" })
            .integer(`${at}.reservedConcurrency`, functionArgs.reservedConcurrency, { min: 0, max: 1000 });
    }
    check.done();
    return args;
}
