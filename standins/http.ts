/** Code that servers on loopback share. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
    request as httpRequest,
    type IncomingHttpHeaders,
    type IncomingMessage,
    type Server,
    type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on loopback; returns the port. Throws when the port is taken. */
export async function listen(server: Server, port: number): Promise<number> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
}

export async function close(server: Server): Promise<void> {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
}

/** The clients that a loopback server answers; pages in a browser on this machine can reach loopback too. */
export interface Audience {
    /** The allowed host names, with or without a port. Default: loopback's own. */
    hosts?: RegExp;
    /** The origins of pages that may send requests. Default: none. */
    origins?: () => readonly string[];
    /** Whether it is a site: its own pages may send requests, and any page may link to it. Default: false. */
    isSite?: boolean;
    /** The first segment of every path, so that only clients that know it are answered. Default: none. */
    secret?: string;
}

/** The part of a request that decides whether it is answered, in any version of HTTP. */
interface AudienceRequest {
    method?: string;
    url?: string;
    headers: IncomingHttpHeaders;
    resume(): unknown;
}

/** A secret for an address: 192 random bits, safe in a path. */
export function newSecret(): string {
    return randomBytes(24).toString("base64url");
}

/** Loopback's own names, with or without a port. */
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/**
 * Why a request is refused, in words; `undefined` when it is answered. A page of another origin is recognised by `Origin` and,
 * where browsers leave it out, by `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/) and `Referer`; a page whose own name
 * resolves to loopback (DNS rebinding) by `Host`. Clients other than browsers send none of the first three.
 */
export function refusalReason(
    { method, headers }: Pick<AudienceRequest, "method" | "headers">,
    { hosts = LOOPBACK, origins = () => [], isSite = false }: Audience = {},
): string | undefined {
    const host = headers.host ?? String(headers[":authority"] ?? "");
    if (!hosts.test(host)) {
        return `This server does not go by the name ${JSON.stringify(host)}.`;
    }
    const { origin, referer, "sec-fetch-site": from = "none", "sec-fetch-mode": mode } = headers;
    const isLink = isSite && mode === "navigate" && method === "GET";
    const isOwn = isSite && from === "same-origin";
    if (origin === undefined && (from === "none" || isOwn || isLink)) {
        return undefined;
    }
    const page = origin ?? originOf(referer);
    const known = [...origins(), ...(isSite ? [`http://${host}`] : [])];
    return page !== undefined && known.includes(page)
        ? undefined
        : `This server does not answer pages of ${page ?? "another origin"}.`;
}

function originOf(address: string | undefined): string | undefined {
    return address !== undefined && URL.canParse(address) ? new URL(address).origin : undefined;
}

/**
 * A listener that answers only the audience; all others get 403, and nothing that a page could read. The secret, if there is
 * one, is removed from the path.
 */
export function guarded<Req extends AudienceRequest, Res>(
    audience: Audience,
    listener: (request: Req, response: Res) => void,
): (request: Req, response: Res) => void {
    return (request, response) => {
        const rest = withoutSecret(audience.secret, request.url ?? "/");
        const why =
            refusalReason(request, audience) ?? (rest === undefined ? "This server does not know you." : undefined);
        if (why === undefined) {
            request.url = rest;
            listener(request, response);
        } else {
            refuse(request, response as ServerResponse, why);
        }
    };
}

function withoutSecret(secret: string | undefined, url: string): string | undefined {
    const [, first, rest = ""] = /^\/([^/?]*)(.*)$/s.exec(url) ?? [];
    return secret === undefined ? url : first === secret ? (rest.startsWith("/") ? rest : `/${rest}`) : undefined;
}

/** Answers 403 in words. */
export function refuse(request: Pick<AudienceRequest, "resume">, response: ServerResponse, why: string): void {
    request.resume();
    response.writeHead(403, { "content-type": "text/plain" }).end(`${why}\n`);
}

/** Headers of one connection, which are not forwarded. */
const HOP_BY_HOP = new Set([
    "connection",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
    "te",
    "trailer",
]);

/** Removes a page's headers in {@link forward} to a server that answers no pages, after the page was checked. */
export const NO_PAGE_HEADERS = { origin: undefined, referer: undefined, "sec-fetch-site": undefined };

/**
 * Streams a request to `target` and its answer back; when one side disconnects, the other side is closed too.
 *
 * @param added headers of the answer
 * @param onwards headers of the request; `undefined` removes one
 */
export function forward(
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    added: Record<string, string>,
    onwards: Record<string, string | undefined> = {},
): void {
    const passed = Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name) && name !== "host");
    const wanted = {
        ...Object.fromEntries(passed),
        "x-forwarded-for": request.socket.remoteAddress ?? "",
        ...onwards,
    };
    const headers = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    // A new connection: a kept-alive one may be closed while the request is being sent.
    const onward = httpRequest(target, { method: request.method, headers, agent: false }, (answer) => {
        const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
        response.writeHead(answer.statusCode ?? 502, { ...Object.fromEntries(kept), ...added });
        response.flushHeaders();
        answer.pipe(response);
        answer.once("error", () => response.destroy());
    });
    onward.once("error", (error) => {
        if (!response.closed) {
            console.error(`${request.method} ${request.url}: ${error.message}`);
        }
        if (response.headersSent) {
            response.destroy();
        } else {
            sendJson(response, 502, { message: `Nothing answers at this path right now: ${error.message}` }, added);
        }
    });
    response.once("close", () => onward.destroy());
    request.pipe(onward);
}

export function sendJson(
    response: ServerResponse,
    status: number,
    value: unknown,
    headers: Record<string, string> = {},
): void {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}
