/** Deployed REST APIs, for the cases of calls to them. */
import {
    APIGatewayClient,
    type GatewayResponseType,
    GetGatewayResponseCommand,
    GetResourcesCommand,
    type Method,
    type Resource,
} from "@aws-sdk/client-api-gateway";
import type { Emulator } from "./emulator.ts";
import type { AwsRequest } from "./request.ts";
import type { AwsResponse } from "./response.ts";

/** A call of a method of a REST API. */
export interface ApiCall {
    api: string;
    stage: string;
    /** The verb of the request. */
    verb: string;
    /** The resource's path, with names in braces: `/stories/{id}`. */
    resourcePath: string;
    method: Method;
}

/** `API/STAGE/PATH` in the two forms of a call's address. */
const BY_PATH = /^\/restapis\/(?<api>[^/]+)\/(?<stage>[^/]+)\/_user_request_(?<path>\/.*)?$/;
const BY_HOST = /^\/(?<stage>[^/]+)(?<path>\/.*)?$/;

/** The method of a REST API that a request calls; `undefined` where there is none. */
export async function apiCallOf(request: AwsRequest, emulator: Emulator): Promise<ApiCall | undefined> {
    const { path: sent, method: verb, headers } = request.head;
    const at = BY_PATH.exec(sent)?.groups ?? BY_HOST.exec(sent)?.groups;
    const api = at?.api ?? headers.host?.split(".")[0] ?? "";
    const resources = await emulator.remember(`resources ${api}`, () => resourcesOf(request, emulator, api));
    const path = (at?.path ?? "/").replace(/(.)\/$/, "$1");
    const resource = resources
        .filter((one) => methodOf(one, verb) && patternOf(one.path ?? "").test(path))
        // Literal names have precedence over names in braces, and those over `{name+}`.
        .sort((one, other) => rank(one.path ?? "").localeCompare(rank(other.path ?? "")))[0];
    const method = resource && methodOf(resource, verb);
    return method && { api, stage: at?.stage ?? "", verb, resourcePath: resource.path ?? "", method };
}

async function resourcesOf({ region }: AwsRequest, emulator: Emulator, restApiId: string): Promise<Resource[]> {
    const client = emulator.client(APIGatewayClient, region);
    const answer = client.send(new GetResourcesCommand({ restApiId, embed: ["methods"], limit: 500 }));
    // HTTP APIs have the same addresses; they are ignored.
    return (await answer.catch(() => undefined))?.items ?? [];
}

function methodOf({ resourceMethods }: Resource, verb: string): Method | undefined {
    return resourceMethods?.[verb] ?? resourceMethods?.ANY;
}

function patternOf(path: string): RegExp {
    const source = path
        .replaceAll(/[.?^$()|[\]\\]/g, "\\$&")
        .replaceAll(/\{\w+\+\}/g, ".+")
        .replaceAll(/\{\w+\}/g, "[^/]+");
    return new RegExp(`^${source}$`);
}

function rank(path: string): string {
    return path.replaceAll(/[^/]+/g, (part) => (part.endsWith("+}") ? "2" : part.startsWith("{") ? "1" : "0"));
}

/** An answer of API Gateway itself, with the headers that the API sets for such answers. */
export async function gatewayResponse(
    request: AwsRequest,
    emulator: Emulator,
    { api }: ApiCall,
    { type, status, message, error }: { type: GatewayResponseType; status: number; message: string; error: string },
): Promise<AwsResponse> {
    const set = await emulator.remember(`response ${api} ${type}`, () =>
        emulator
            .client(APIGatewayClient, request.region)
            .send(new GetGatewayResponseCommand({ restApiId: api, responseType: type })),
    );
    const prefix = "gatewayresponse.header.";
    const headers = Object.entries(set.responseParameters ?? {})
        .filter(([name, value]) => name.startsWith(prefix) && /^'.*'$/.test(value))
        .map(([name, value]) => [name.slice(prefix.length).toLowerCase(), value.slice(1, -1)]);
    return {
        status: Number(set.statusCode ?? status),
        headers: {
            "content-type": "application/json",
            "x-amzn-errortype": error,
            ...Object.fromEntries(headers),
        },
        body: Buffer.from(JSON.stringify({ message })),
    };
}
