/**
 * Relays calls to a real upstream and replaces the key in them by the person's own, so that neither the running processes nor
 * the deployment's state contain the person's key.
 */
import {
    createServer,
    request as httpRequest,
    type IncomingHttpHeaders,
    type IncomingMessage,
    type Server,
    type ServerResponse,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import { close, guarded, listen, newSecret, sendJson } from "../../standins/http.ts";

/** A call to a real upstream, without a key. */
export interface RelayedCall {
    method: string;
    /** The upstream's URL, with the path. */
    url: URL;
    headers: Record<string, string>;
    /** All headers of the original request. */
    sent: IncomingHttpHeaders;
    body: Buffer;
}

export interface RelayOptions {
    /** The real upstream's address. */
    target: string;
    /** The calls to relay, as `METHOD PATH`; all others are refused. */
    calls: RegExp;
    /** The call's headers with the person's key. */
    withKey(call: RelayedCall): Promise<Record<string, string>>;
    /** Sends the upstream's form of an error when the upstream can't be reached. */
    failed(response: ServerResponse, why: string): void;
}

/** Headers of a request that the upstream needs. */
const REQUEST_HEADERS = ["content-type", "accept"];
/** Headers of an answer that the client needs. */
const ANSWER_HEADERS = ["content-type", "content-length", "x-amzn-errortype", "x-amzn-requestid", "retry-after"];

export class Relay {
    /** Its address, which contains a secret. */
    readonly url: string;
    readonly #server: Server;

    private constructor(server: Server, url: string) {
        this.#server = server;
        this.url = url;
    }

    static async start(options: RelayOptions): Promise<Relay> {
        const secret = newSecret();
        const server = createServer(
            guarded({ secret }, (request: IncomingMessage, response: ServerResponse) => {
                relay(request, response, options).catch((error: Error) => {
                    if (response.headersSent) {
                        response.destroy();
                    } else {
                        options.failed(response, error.message);
                    }
                });
            }),
        );
        // A model may take minutes.
        server.requestTimeout = 0;
        return new Relay(server, `http://127.0.0.1:${await listen(server, 0)}/${secret}`);
    }

    async stop(): Promise<void> {
        await close(this.#server);
    }
}

async function relay(request: IncomingMessage, response: ServerResponse, options: RelayOptions): Promise<void> {
    const { target, calls, withKey } = options;
    const { method = "GET", url: path = "/" } = request;
    if (!calls.test(`${method} ${path}`)) {
        request.resume();
        sendJson(response, 404, { message: `${method} ${path} is not relayed` });
        return;
    }
    const body = await buffer(request);
    // The path is set on the parsed target: a URL parsed from both together could have another host.
    const url = new URL(target);
    const [pathname = "", query = ""] = path.split("?", 2);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}${pathname}`;
    url.search = query;
    const { headers: sent } = request;
    const needed = REQUEST_HEADERS.flatMap((name) => (sent[name] ? [[name, String(sent[name])]] : []));
    const headers = { ...Object.fromEntries(needed), host: url.host, "content-length": String(body.length) };
    const keyed = await withKey({ method, url, headers, sent, body });
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    await new Promise<void>((resolve, reject) => {
        const onward = send(url, { method, headers: keyed }, (answer) => {
            response.writeHead(answer.statusCode ?? 502, answerHeaders(answer));
            // The answer is streamed.
            response.flushHeaders();
            answer.pipe(response);
            answer.once("end", resolve);
            answer.once("error", reject);
        });
        onward.once("error", reject);
        response.once("close", () => onward.destroy());
        onward.end(body);
    });
}

function answerHeaders({ headers }: IncomingMessage): Record<string, string> {
    return Object.fromEntries(ANSWER_HEADERS.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
}
