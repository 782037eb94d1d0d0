/**
 * The gateway: the endpoint of AWS for the provider, the engine, the deployed code, tests and command lines. It passes every
 * request on to MiniStack unchanged, except in the cases in `cases/`, each a difference between MiniStack and AWS.
 */
import {
    type Agent,
    createServer,
    type IncomingMessage,
    type Server,
    type ServerResponse,
    request as send,
} from "node:http";
import { close, listen, refusalReason, refuse } from "../http.ts";
import type { Case, Next } from "./case.ts";
import { answerControl } from "./controlRoutes.ts";
import { Emulator } from "./emulator.ts";
import { type Addressee, API_PATH, type AwsRequest, addresseeOf, type RequestHead } from "./request.ts";
import { AwsError, type AwsResponse, refusal } from "./response.ts";
import { Routes } from "./routes.ts";
import { Store } from "./store.ts";

export interface GatewayOptions {
    /** The path of MiniStack's socket. */
    socket: string;
    /** The default region of requests. */
    region: string;
    /** The file of the data that MiniStack does not keep. */
    storePath: string;
    cases: readonly Case[];
    /** Default: a free one. */
    port?: number;
}

/** A gateway that runs. */
export interface Gateway {
    url: string;
    port: number;
    stop(): Promise<void>;
}

/** Starts a gateway on loopback. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
    const emulator = new Emulator(options.socket, new Store(options.storePath));
    const routes = new Routes(options.cases);
    const server = createServer((request, response) => {
        receive(request, response, { ...options, emulator, routes }).catch((error: Error) => {
            if (!response.destroyed) {
                console.error(`${request.method} ${request.url}: ${error.message}`);
            }
            response.destroy();
        });
    });
    // Streamed answers and waiting functions have no time limit.
    server.requestTimeout = 0;
    refuseTunnels(server);
    const port = await listen(server, options.port ?? 0);
    return { url: `http://127.0.0.1:${port}`, port, stop: () => close(server) };
}

/** Refuses CONNECT: the gateway is no proxy to other machines. */
function refuseTunnels(server: Server): void {
    server.on("connect", (_request, socket) => socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"));
}

interface GatewayContext extends GatewayOptions {
    emulator: Emulator;
    routes: Routes;
}

async function receive(request: IncomingMessage, response: ServerResponse, context: GatewayContext): Promise<void> {
    const head = headOf(request);
    if (!head) {
        refuse(request, response, "The gateway is a proxy for the local cloud's addresses alone");
        return;
    }
    const why = notAwsReason(head);
    if (why !== undefined) {
        refuse(request, response, why);
        return;
    }
    if (head.path.startsWith("/_gateway/")) {
        answerControl(head, await readBody(request), response, context.emulator);
        return;
    }
    const addressee = addresseeOf(head, context.region);
    if (addressee && changesSettings(addressee, head)) {
        context.emulator.forget();
        response.once("finish", () => context.emulator.forget());
    }
    if (!addressee || !context.routes.concerns(addressee, head)) {
        passOn(request, response, context.emulator.agent, head);
        return;
    }
    const body = await readBody(request);
    const { request: awsRequest, cases } = context.routes.find(head, addressee, body);
    const next = cases.reduceRight<Next>(
        (after, one) => (next) => one.handle(next, after, context.emulator),
        (last) => sendWhole(last, context.emulator.agent),
    );
    const {
        status,
        headers,
        body: answer,
    } = await next(awsRequest).catch((error: Error) => {
        if (error instanceof AwsError) {
            return refusal(awsRequest, error);
        }
        throw error;
    });
    response.writeHead(status, { ...headers, "content-length": String(answer.length) }).end(answer);
}

/** Whether a request may change cached settings of the services that sign-ins and API calls use. */
function changesSettings({ service, operation }: Addressee, { method, path }: RequestHead): boolean {
    switch (service) {
        case "apigateway":
            return method !== "GET";
        case "cognito-idp":
            return /^(Create|Update|Delete|Set)UserPool/.test(operation ?? "");
        case "lambda":
            return method !== "GET" && !path.endsWith("/invocations");
        case "wafv2":
            return !/^(Get|List|Describe|Check)/.test(operation ?? "");
        default:
            return false;
    }
}

/**
 * The head of a request. Clients that use the gateway as a proxy send the whole address in the request line. The gateway
 * is a proxy only for the addresses that MiniStack serves; `undefined` is returned for all others.
 */
function headOf({ method = "GET", url: line = "/", headers, socket }: IncomingMessage): RequestHead | undefined {
    const [, host, rest = line] = /^[a-z]+:\/\/([^/?]*)(.*)$/i.exec(line) ?? [];
    if (host !== undefined && !SERVED_HOST.test(host)) {
        return undefined;
    }
    const url = rest.startsWith("/") ? rest : `/${rest}`;
    const [path = "/"] = url.split("?");
    const query = new URLSearchParams(url.slice(path.length + 1));
    const address = socket.remoteAddress ?? "";
    return { method, url, path, query, headers: host === undefined ? headers : { ...headers, host }, address };
}

/**
 * Names below this machine's own address, such as S3 Control's `ACCOUNT.127.0.0.1:PORT`, and AWS's own names, such as
 * a registry's `ACCOUNT.dkr.ecr.REGION.amazonaws.com`.
 */
const SERVED_HOST = /^(?:[a-z0-9-]+\.)*(?:127\.0\.0\.1|localhost|amazonaws\.com)(?::\d+)?$/i;

/**
 * Why a request is not passed on, in words; `undefined` when it is. Pages may not call AWS itself, since MiniStack does not check
 * signatures; a deployed API answers pages by its own rules, as on AWS. MiniStack's administrative paths, such as its reset,
 * are not part of AWS either.
 */
function notAwsReason(head: RequestHead): string | undefined {
    const isApiCall = API_PATH.test(head.path);
    const { host } = head.headers;
    const path = head.path.replaceAll(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
    return (
        refusalReason(isApiCall ? { headers: { host } } : head, { hosts: SERVED_HOST }) ??
        (/^\/_(?:ministack|localstack)\//.test(path) && path !== HEALTH_PATH
            ? `${head.path} is not open to the gateway's clients`
            : undefined)
    );
}

/** MiniStack's health check. */
const HEALTH_PATH = "/_ministack/health";

async function readBody(request: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}

/** Bodies up to this size are not streamed. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** Streams an unchanged request to MiniStack, and its answer back. */
function passOn(request: IncomingMessage, response: ServerResponse, agent: Agent, head: RequestHead): void {
    const { connection: _, expect: __, ...headers } = head.headers;
    const onward = send({ path: head.url, method: head.method, headers, agent });
    onward.once("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        if (answer.headers["content-length"] === undefined) {
            // The first data of a stream may come later.
            response.flushHeaders();
        }
        answer.pipe(response);
        answer.once("error", () => response.destroy());
    });
    onward.once("error", (error) => {
        if (response.headersSent || response.destroyed) {
            response.destroy();
            return;
        }
        response
            .writeHead(502, { "content-type": "text/plain" })
            .end(`The emulator does not answer: ${error.message}\n`);
    });
    response.once("close", () => onward.destroy());
    if (Number(head.headers["content-length"]) <= MAX_BUFFERED_BYTES) {
        // Sent together with its head: MiniStack would treat two pieces as two events.
        readBody(request).then(
            (body) => onward.end(body),
            (error) => onward.destroy(error),
        );
    } else {
        request.pipe(onward);
    }
}

/** Sends a whole request to MiniStack. */
function sendWhole({ head, body }: AwsRequest, agent: Agent): Promise<AwsResponse> {
    return new Promise((resolve, reject) => {
        const { "transfer-encoding": _, expect: __, connection: ___, ...headers } = head.headers;
        const onward = send({ path: head.url, method: head.method, headers, agent });
        onward.once("error", reject);
        onward.once("response", (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk) => chunks.push(chunk));
            answer.once("error", reject);
            answer.once("end", () => {
                const { "transfer-encoding": _, connection: __, "content-length": ___, ...kept } = answer.headers;
                const headers = Object.fromEntries(
                    Object.entries(kept).filter((one): one is [string, string | string[]] => one[1] !== undefined),
                );
                resolve({ status: answer.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
            });
        });
        onward.end(body);
    });
}
