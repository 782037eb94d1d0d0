/** A request to AWS, parsed by the gateway: its service, operation and input. */
import type { IncomingHttpHeaders } from "node:http";
import { cbor } from "@smithy/core/cbor";

/** The format of a service's requests and answers. */
export type Protocol = "json" | "query" | "ec2" | "rest-json" | "rest-xml" | "s3" | "cbor" | "registry";

/** The line and the headers of a request, before its body is read. */
export interface RequestHead {
    method: string;
    /** The original path and query. */
    url: string;
    path: string;
    query: URLSearchParams;
    headers: IncomingHttpHeaders;
    /** The client's address. */
    address: string;
}

/** The service that a request is for. */
export interface Addressee {
    /**
     * The service's name in signatures: `ecr`, `cognito-idp`; `execute-api` for calls of a deployed API, `registry` for
     * manifests of images.
     */
    service: string;
    protocol: Protocol;
    region: string;
    /** The operation's name, if the head contains it; in the query protocol the body does. */
    operation?: string;
}

/** The services whose operations have a method and a path instead of a name. */
const REST: Record<string, Protocol> = {
    apigateway: "rest-json",
    bedrock: "rest-json",
    cloudfront: "rest-xml",
    lambda: "rest-json",
    route53: "rest-xml",
    s3: "s3",
    scheduler: "rest-json",
    "execute-api": "rest-json",
};

/** Services by the first word of `X-Amz-Target`: some requests, such as a sign-in, have no signature with the service's name. */
const TARGETS: Record<string, string> = {
    AWSCognitoIdentityProviderService: "cognito-idp",
    AnyScaleFrontendService: "application-autoscaling",
};

const MANIFEST_PATH = /^\/v2\/.+\/manifests\/[^/]+$/;
/** Calls of a deployed REST API at MiniStack's own address. */
export const API_PATH = /^\/restapis\/[^/]+\/[^/]+\/_user_request_(?:\/|$)/;

/** The service that a request is for, by its head; `undefined` when it is no request to a service of AWS. */
export function addresseeOf({ path, headers, query }: RequestHead, defaultRegion: string): Addressee | undefined {
    const credential =
        /Credential=([^,\s]+)/.exec(String(headers.authorization ?? ""))?.[1] ?? query.get("X-Amz-Credential") ?? "";
    const [, , region = defaultRegion, signed] = credential.split("/");
    if (API_PATH.test(path) || /^[a-z0-9]+\.execute-api\./.test(headers.host ?? "")) {
        return { service: "execute-api", protocol: "rest-json", region };
    }
    if (MANIFEST_PATH.test(path)) {
        const [, own = region] = /\.dkr\.ecr\.([a-z0-9-]+)\./.exec(headers.host ?? "") ?? [];
        return { service: "registry", protocol: "registry", region: own };
    }
    const [prefix = "", operation] = String(headers["x-amz-target"] ?? "").split(".");
    const target = prefix.split("_")[0] ?? "";
    const service = TARGETS[target] ?? signed;
    if (service === undefined) {
        return undefined;
    }
    if (headers["smithy-protocol"] === "rpc-v2-cbor") {
        return { service, protocol: "cbor", region, operation: path.split("/").pop() };
    }
    if (operation !== undefined) {
        return { service, protocol: "json", region, operation };
    }
    const protocol = REST[service] ?? (service === "ec2" ? "ec2" : "query");
    return { service, protocol, region };
}

/** A whole request to a service of AWS. */
export class AwsRequest {
    readonly head: RequestHead;
    readonly service: string;
    readonly protocol: Protocol;
    readonly region: string;
    readonly body: Buffer;
    /** The operation's name: `CreateRepository`. Of REST services: method and path, as `DELETE /restapis/{id}`. */
    readonly operation: string;
    /** The values in the path for the names in braces of a REST operation. */
    readonly params: Readonly<Record<string, string>>;
    #input: Record<string, unknown> | undefined;

    constructor(
        head: RequestHead,
        to: Addressee,
        body: Buffer,
        { operation, params = {} }: { operation?: string; params?: Record<string, string> } = {},
    ) {
        this.head = head;
        this.service = to.service;
        this.protocol = to.protocol;
        this.region = to.region;
        this.body = body;
        this.params = params;
        this.operation = operation ?? to.operation ?? String(this.input.Action ?? "");
    }

    /** The body's members; in the query protocol with AWS's flat names, such as `SubnetId.1`. */
    // biome-ignore lint/suspicious/noExplicitAny: inputs are as manifold as operations
    get input(): Record<string, any> {
        this.#input ??= this.#decode();
        return this.#input;
    }

    #decode(): Record<string, unknown> {
        switch (this.protocol) {
            case "cbor":
                return this.body.length === 0 ? {} : cbor.deserialize(this.body);
            case "query":
            case "ec2":
                return Object.fromEntries([...this.head.query, ...new URLSearchParams(this.body.toString())]);
            case "json":
            case "rest-json":
                return parseObject(this.body.toString());
            default:
                return {};
        }
    }

    /** The same request with another body. */
    with(input: Record<string, unknown>): AwsRequest {
        const text =
            this.protocol === "cbor"
                ? Buffer.from(cbor.serialize(input))
                : this.protocol === "query" || this.protocol === "ec2"
                  ? Buffer.from(new URLSearchParams(input as Record<string, string>).toString())
                  : Buffer.from(JSON.stringify(input));
        return this.withBody(text);
    }

    withBody(body: Buffer): AwsRequest {
        const headers = { ...this.head.headers, "content-length": String(body.length) };
        return new AwsRequest({ ...this.head, headers }, this, body, this);
    }
}

function parseObject(text: string): Record<string, unknown> {
    try {
        const value = JSON.parse(text || "{}");
        return typeof value === "object" && value !== null ? value : {};
    } catch {
        return {};
    }
}
