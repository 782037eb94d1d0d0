/**
 * Unit tests of programs that use the components: `@tech42/story-42/testing`. Nothing is deployed, no AWS account and no
 * Pulumi CLI is needed.
 */
import * as pulumi from "@pulumi/pulumi";
import type { MockCallArgs, MockResourceArgs, MockResourceResult } from "@pulumi/pulumi/runtime/mocks.js";
import { answerOf, madeByProvider } from "./answers.ts";

/** A resource that a program made. */
export interface MadeResource {
    /** Its type, for example `aws:dynamodb/table:Table`. */
    type: string;
    /** Its logical name. */
    name: string;
    /** Its inputs as plain values, secrets too; values that are unknown in a preview are `undefined`. */
    // biome-ignore lint/suspicious/noExplicitAny: inputs are as manifold as resource types
    inputs: Record<string, any>;
}

/**
 * Mocks for `pulumi.runtime.setMocks` that answer as AWS would, such as with ids, ARNs and zones, and record the resources
 * of a program. A test that needs other answers can extend this class.
 */
export class StoryMocks implements pulumi.runtime.Mocks {
    /** The resources, in the order of their registration. */
    readonly resources: MadeResource[] = [];
    readonly #region: string;

    /** @param region the region that calls are answered for. Default: us-east-1. */
    constructor(region = "us-east-1") {
        this.#region = region;
    }

    newResource(args: MockResourceArgs): MockResourceResult {
        const { type, name } = args;
        this.resources.push({ type, name, inputs: plain(args.inputs) });
        if (pulumi.runtime.isDryRun()) {
            return { id: undefined, state: args.inputs };
        }
        return { id: `${name}-id`, state: { ...madeByProvider(args), ...args.inputs } };
    }

    call({ token, inputs }: MockCallArgs): Record<string, unknown> {
        return answerOf(token, inputs.region ?? this.#region);
    }

    /** All resources of a type, for example `aws:s3/bucket:Bucket`. */
    ofType(type: string): MadeResource[] {
        return this.resources.filter((one) => one.type === type);
    }

    /**
     * The one resource of a type, or of a type and a logical name.
     *
     * @throws {Error} naming all resources of the type, unless there is exactly one
     */
    one(type: string, name?: string): MadeResource {
        const all = this.ofType(type);
        const [only, ...others] = all.filter((it) => name === undefined || it.name === name);
        if (!only || others.length > 0) {
            const names = all.map((it) => it.name).join(", ") || "none";
            throw new Error(`there is not one ${type}${name ? ` named ${name}` : ""}; of the type there are: ${names}`);
        }
        return only;
    }
}

/** How {@link runWithMocks} runs a program. */
export interface MockRunOptions {
    /** The mocks. Default: a new `StoryMocks`. */
    mocks?: StoryMocks;
    /** The Pulumi project's name. Default: `project`. */
    project?: string;
    /** The stack's name. Default: `stack`. */
    stack?: string;
    /** As in `pulumi preview`: outputs of providers are unknown. Default: false, as in `pulumi up`. */
    preview?: boolean;
    /** The stack's configuration, by full key, for example `{ "shop:size": "2" }`. Default: none. */
    config?: Record<string, string>;
}

/**
 * Runs a program under mocks until all its resources are registered.
 *
 * @returns the mocks with the recorded resources, and the program's result
 * @throws what the program throws, for example an `ArgumentError`
 */
export async function runWithMocks<Result>(
    program: () => Result,
    { mocks = new StoryMocks(), project, stack, preview = false, config = {} }: MockRunOptions = {},
): Promise<{ mocks: StoryMocks; result: Awaited<Result> }> {
    await pulumi.runtime.setMocks(mocks, project, stack, preview);
    pulumi.runtime.setAllConfig(config);
    const result = await program();
    await pulumi.runtime.disconnect();
    return { mocks, result };
}

/** The value of an output. */
export function promiseOf<Value>(output: pulumi.Output<Value>): Promise<Value> {
    return new Promise((resolve) => output.apply(resolve));
}

/** Inputs with their secrets unwrapped. */
function plain(inputs: Record<string, unknown>): Record<string, unknown> {
    const open = (value: unknown): unknown => {
        if (pulumi.runtime.isRpcSecret(value)) {
            return open(pulumi.runtime.unwrapRpcSecret(value));
        }
        if (pulumi.isUnknown(value)) {
            return undefined;
        }
        if (Array.isArray(value)) {
            return value.map(open);
        }
        return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, it]) => [key, open(it)])) : value;
    };
    return open(inputs) as Record<string, unknown>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
