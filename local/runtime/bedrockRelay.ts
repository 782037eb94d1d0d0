/**
 * The real Bedrock for what runs here: requests are signed anew with the person's own credentials, wherever the AWS SDKs
 * find those. So the functions keep the credentials of their roles, and never hold the person's.
 */
import {
    createServer,
    request as httpRequest,
    type IncomingMessage,
    type Server,
    type ServerResponse,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import { close, listen, sendJson } from "../../standins/http.ts";

export interface BedrockRelayOptions {
    region: string;
    /** Where Bedrock is. Default: the region's public address. */
    target?: string;
    /** Default: as the AWS SDKs find them (environment, profile, single sign-on). */
    credentials?: ReturnType<typeof defaultProvider>;
}

export class BedrockRelay {
    readonly url: string;
    readonly #server: Server;

    private constructor(server: Server, port: number) {
        this.#server = server;
        this.url = `http://127.0.0.1:${port}`;
    }

    static async start({
        region,
        target,
        credentials = defaultProvider(),
    }: BedrockRelayOptions): Promise<BedrockRelay> {
        const address = new URL(target ?? `https://bedrock-runtime.${region}.amazonaws.com`);
        const signer = new SignatureV4({ service: "bedrock", region, credentials, sha256: Hash.bind(null, "sha256") });
        const server = createServer((request, response) => {
            relay(request, response, address, signer).catch((error: Error) => {
                // What Bedrock's clients take for a refused key, so that they don't try again.
                const headers = { "x-amzn-errortype": "AccessDeniedException" };
                sendJson(response, 403, { message: `The real Bedrock can't be asked: ${error.message}` }, headers);
            });
        });
        return new BedrockRelay(server, await listen(server, 0));
    }

    async stop(): Promise<void> {
        await close(this.#server);
    }
}

async function relay(
    request: IncomingMessage,
    response: ServerResponse,
    address: URL,
    signer: SignatureV4,
): Promise<void> {
    const body = await buffer(request);
    const { "content-type": type = "application/json", accept = "*/*" } = request.headers;
    const plain = {
        method: request.method ?? "POST",
        protocol: address.protocol,
        hostname: address.hostname,
        path: request.url ?? "/",
        query: {},
        headers: { host: address.host, "content-type": type, accept, "content-length": String(body.length) },
        body,
    };
    const token = process.env.AWS_BEARER_TOKEN_BEDROCK;
    const { headers } = token
        ? { headers: { ...plain.headers, authorization: `Bearer ${token}` } }
        : await signer.sign(plain);
    const send = address.protocol === "https:" ? httpsRequest : httpRequest;
    await new Promise<void>((resolve, reject) => {
        const onward = send(new URL(plain.path, address), { method: plain.method, headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 502, passed(answer));
            answer.pipe(response);
            answer.once("end", resolve);
        });
        onward.once("error", reject);
        response.once("close", () => onward.destroy());
        onward.end(body);
    });
}

function passed({ headers }: IncomingMessage): Record<string, string> {
    const names = ["content-type", "content-length", "x-amzn-errortype", "x-amzn-requestid", "retry-after"];
    return Object.fromEntries(names.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
}
