/** Reads the deployed CloudFront distribution: its origins, functions and headers. */
import { Script } from "node:vm";
import {
    type CacheBehavior,
    type DefaultCacheBehavior,
    GetDistributionConfigCommand,
    GetFunctionCommand,
    GetResponseHeadersPolicyCommand,
    type Origin,
} from "@aws-sdk/client-cloudfront";
import type { Clients } from "./clients.ts";

/** The cache behavior for paths of one pattern. */
export interface Behavior {
    /** Bucket that the files come from; undefined: the load balancer behind the VPC origin. */
    bucket: string | undefined;
    headers: Record<string, string>;
    /** The path after the viewer-request function. */
    rewrite(path: string): string;
}

export interface Distribution {
    rootObject: string;
    behaviorOf(path: string): Behavior;
}

export async function readDistribution(clients: Clients, id: string): Promise<Distribution> {
    const { DistributionConfig: config } = await clients.cloudfront.send(new GetDistributionConfigCommand({ Id: id }));
    if (!config?.DefaultCacheBehavior) {
        throw new Error(`the distribution ${id} has no behaviour`);
    }
    const origins = config.Origins?.Items ?? [];
    const special = await Promise.all(
        (config.CacheBehaviors?.Items ?? []).map(async (one) => ({
            pattern: patternOf(one.PathPattern ?? ""),
            behavior: await read(clients, one, origins),
        })),
    );
    const usual = await read(clients, config.DefaultCacheBehavior, origins);
    return {
        rootObject: config.DefaultRootObject ?? "",
        behaviorOf: (path) => special.find(({ pattern }) => pattern.test(path))?.behavior ?? usual,
    };
}

async function read(clients: Clients, one: CacheBehavior | DefaultCacheBehavior, origins: Origin[]): Promise<Behavior> {
    const domain = origins.find(({ Id }) => Id === one.TargetOriginId)?.DomainName ?? "";
    const request = one.FunctionAssociations?.Items?.find(({ EventType }) => EventType === "viewer-request");
    return {
        bucket: /^(.+)\.s3[.-]([\w-]+\.)?amazonaws\.com$/.exec(domain)?.[1],
        headers: one.ResponseHeadersPolicyId ? await headersOf(clients, one.ResponseHeadersPolicyId) : {},
        rewrite: request?.FunctionARN ? await functionOf(clients, request.FunctionARN) : (path) => path,
    };
}

/** Time limit of a function, for endless loops only; a busy machine must not exceed it. */
const FUNCTION_TIMEOUT_MS = 10_000;

/** Runs the deployed code of a function, which returns the changed request. */
async function functionOf(clients: Clients, arn: string): Promise<(path: string) => string> {
    const { FunctionCode: code } = await clients.cloudfront.send(
        new GetFunctionCommand({ Name: arn.split("/").at(-1), Stage: "LIVE" }),
    );
    const script = new Script(`${Buffer.from(code ?? []).toString("utf8")}\nhandler({ request }).uri;`);
    return (path) => String(script.runInNewContext({ request: { uri: path } }, { timeout: FUNCTION_TIMEOUT_MS }));
}

async function headersOf(clients: Clients, id: string): Promise<Record<string, string>> {
    const { ResponseHeadersPolicy: policy } = await clients.cloudfront.send(
        new GetResponseHeadersPolicyCommand({ Id: id }),
    );
    const security = policy?.ResponseHeadersPolicyConfig?.SecurityHeadersConfig ?? {};
    const { ContentSecurityPolicy: csp, FrameOptions: frame, ReferrerPolicy: referrer } = security;
    const transport = security.StrictTransportSecurity;
    return {
        ...(csp?.ContentSecurityPolicy ? { "content-security-policy": csp.ContentSecurityPolicy } : {}),
        ...(security.ContentTypeOptions ? { "x-content-type-options": "nosniff" } : {}),
        ...(frame?.FrameOption ? { "x-frame-options": frame.FrameOption } : {}),
        ...(referrer?.ReferrerPolicy ? { "referrer-policy": referrer.ReferrerPolicy } : {}),
        ...(transport ? { "strict-transport-security": transportSecurity(transport) } : {}),
    };
}

function transportSecurity(hsts: {
    AccessControlMaxAgeSec?: number;
    IncludeSubdomains?: boolean;
    Preload?: boolean;
}): string {
    const words = [`max-age=${hsts.AccessControlMaxAgeSec ?? 0}`];
    return [
        ...words,
        ...(hsts.IncludeSubdomains ? ["includeSubDomains"] : []),
        ...(hsts.Preload ? ["preload"] : []),
    ].join("; ");
}

/** CloudFront's patterns have the wildcards `*` and `?`. */
function patternOf(pattern: string): RegExp {
    const literal = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^/?${literal.replace(/^\//, "").replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
