import type { Emulator } from "./emulator.ts";
import type { AwsRequest } from "./request.ts";
import type { AwsResponse } from "./response.ts";

/** How MiniStack differs from AWS in a case. */
export type Difference =
    /** The operation is not there at all; the gateway keeps what it is told. */
    | "missing"
    /** What is set is not kept. */
    | "dropped"
    /** What is told was never set. */
    | "invented"
    /** What AWS refuses is done. */
    | "too kind"
    /** What AWS does is refused. */
    | "too strict"
    /** The request goes to a host that is not there. */
    | "address";

/** One thing in which MiniStack is not as AWS is, and what the gateway does about it. */
export interface Case {
    /** What it is about, as a sentence's subject: "The deletion of a user pool that is protected". */
    title: string;
    difference: Difference;
    /** Where AWS's rule stands: a page of its documentation, or the provider's source. */
    source: string;
    /**
     * The requests that it looks at: `SERVICE:OPERATION`, of REST services `SERVICE:METHOD /path/{name}`, with `*` for a path's
     * rest and `{name+}` for a name with slashes. `execute-api:*` is a call of a deployed API, `registry:PUT /v2/..` one of
     * the images' registry.
     */
    requests: readonly string[];
    /**
     * What of a resource type works on AWS alone, though it can be set and read here: it is named at the end of a run.
     * Default: all of it works.
     */
    notEmulated?: { type: string; settings: readonly string[] | "all" };
    /**
     * Answers a request. `next` hands it on, to other cases of it and then to MiniStack.
     *
     * @throws {AwsError} what AWS refuses
     */
    handle(request: AwsRequest, next: Next, emulator: Emulator): Promise<AwsResponse>;
}

export type Next = (request: AwsRequest) => Promise<AwsResponse>;
