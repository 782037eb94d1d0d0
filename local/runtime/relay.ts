/**
 * A real upstream for what runs here, with the person's own key in place of the one that was sent: so nothing that runs here, and
 * nothing that keeps what is deployed, ever holds the person's.
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
    /** Where it goes, path included. */
    url: URL;
    headers: Record<string, string>;
    /** All that was sent. */
    sent: IncomingHttpHeaders;
    body: Buffer;
}

export interface RelayOptions {
    /** The real upstream's address. */
    target: string;
    /** The calls that it is there for, as `METHOD PATH`; no other one is passed on. */
    calls: RegExp;
    /** The call's headers with the person's key. */
    withKey(call: RelayedCall): Promise<Record<string, string>>;
    /** How the upstream's clients are told that the upstream can't be asked. */
    failed(response: ServerResponse, why: string): void;
}

/** Headers of a request that the upstream needs. */
const SENT = ["content-type", "accept"];
/** Headers of an answer that the client needs. */
const ANSWERED = ["content-type", "content-length", "x-amzn-errortype", "x-amzn-requestid", "retry-after"];

export class Relay {
    /** Its address; who is not told it is not answered. */
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
        // A model takes its time.
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
    // The path is put behind the target's own address; an address that is made of both can be another host's.
    const url = new URL(target);
    const [pathname = "", query = ""] = path.split("?", 2);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}${pathname}`;
    url.search = query;
    const { headers: sent } = request;
    const needed = SENT.flatMap((name) => (sent[name] ? [[name, String(sent[name])]] : []));
    const headers = { ...Object.fromEntries(needed), host: url.host, "content-length": String(body.length) };
    const keyed = await withKey({ method, url, headers, sent, body });
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    await new Promise<void>((resolve, reject) => {
        const onward = send(url, { method, headers: keyed }, (answer) => {
            response.writeHead(answer.statusCode ?? 502, passed(answer));
            // What comes piece by piece goes on piece by piece.
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

function passed({ headers }: IncomingMessage): Record<string, string> {
    return Object.fromEntries(ANSWERED.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
}
