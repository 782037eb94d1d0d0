import type { Emulator } from "./emulator.ts";
import type { AwsRequest } from "./request.ts";
import type { AwsResponse } from "./response.ts";

/** How MiniStack differs from AWS in a case. */
export type Difference =
    /** MiniStack lacks the operation; the gateway stores its data. */
    | "missing"
    /** A setting is not stored. */
    | "dropped"
    /** An answer has a value that was never set. */
    | "invented"
    /** A request that AWS refuses is accepted. */
    | "too kind"
    /** A request that AWS accepts is refused. */
    | "too strict"
    /** The request goes to a host that does not exist. */
    | "address";

/** One difference between MiniStack and AWS, and how the gateway corrects it. */
export interface Case {
    /** The subject of the case, as a noun phrase: "The deletion of a user pool that is protected". */
    title: string;
    difference: Difference;
    /** The source of AWS's rule: a page of its documentation, or the provider's source. */
    source: string;
    /**
     * The requests that it handles: `SERVICE:OPERATION`, of REST services `SERVICE:METHOD /path/{name}`, with `*` for a path's
     * rest and `{name+}` for a name with slashes. `execute-api:*` is a call of a deployed API, `registry:PUT /v2/..` one of
     * the images' registry.
     */
    requests: readonly string[];
    /**
     * Settings of a resource type that work only on AWS, though they can be set and read here: listed at the end of a run.
     * Default: all settings work.
     */
    notEmulated?: { type: string; settings: readonly string[] | "all" };
    /**
     * Answers a request. `next` passes it on to the other cases for it, and then to MiniStack.
     *
     * @throws {AwsError} when AWS would refuse the request
     */
    handle(request: AwsRequest, next: Next, emulator: Emulator): Promise<AwsResponse>;
}

export type Next = (request: AwsRequest) => Promise<AwsResponse>;
