/** What servers on loopback share. */
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

/** Whom a server on loopback answers: what runs on this machine is on loopback too, and so is what a page there asks. */
export interface Audience {
    /** The names, with or without a port, that it may be asked by. Default: loopback's own. */
    hosts?: RegExp;
    /** The origins of the pages that may ask it. Default: none, as no page has to do with it. */
    origins?: () => readonly string[];
    /** Whether it is a site: its own pages may ask it, and a link on any page may lead to it. Default: it is none. */
    isSite?: boolean;
    /** What every path begins with, so that nobody finds it who was not told the address. Default: nothing. */
    secret?: string;
}

/** What of a request tells whether it is answered, in any version of HTTP. */
interface AudienceRequest {
    method?: string;
    url?: string;
    headers: IncomingHttpHeaders;
    resume(): unknown;
}

/** A secret for an address: 192 random bits that can stand in a path. */
export function newSecret(): string {
    return randomBytes(24).toString("base64url");
}

/** Loopback's own names, with or without a port. */
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/**
 * Why a request is not to be answered, in words; `undefined` when it is. A page of another origin is told by `Origin` and, where
 * browsers leave that away, by `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/) and `Referer`; one whose own name leads
 * to loopback (DNS rebinding) by `Host`. What is no browser sends none of the first three.
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
 * A listener of a server that answers its audience alone; everybody else gets 403, and nothing that a page could read. The
 * secret, where there is one, is taken off the path.
 */
export function guarded<Asked extends AudienceRequest, Said>(
    audience: Audience,
    listener: (request: Asked, response: Said) => void,
): (request: Asked, response: Said) => void {
    return (request, response) => {
        const rest = behind(audience.secret, request.url ?? "/");
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

function behind(secret: string | undefined, url: string): string | undefined {
    const [, first, rest = ""] = /^\/([^/?]*)(.*)$/s.exec(url) ?? [];
    return secret === undefined ? url : first === secret ? (rest.startsWith("/") ? rest : `/${rest}`) : undefined;
}

/** Answers 403 in words. */
export function refuse(request: Pick<AudienceRequest, "resume">, response: ServerResponse, why: string): void {
    request.resume();
    response.writeHead(403, { "content-type": "text/plain" }).end(`${why}\n`);
}

/** Headers of one connection, which do not go on to the next. */
const HOP_BY_HOP = new Set([
    "connection",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
    "te",
    "trailer",
]);

/** Headers for {@link forward} to a server that answers no pages, once the page that asks has been looked at. */
export const AS_NO_PAGE = { origin: undefined, referer: undefined, "sec-fetch-site": undefined };

/**
 * Passes a request on to `target` and its answer back, piece by piece; whoever leaves takes the other side along.
 *
 * @param added headers of the answer
 * @param onwards headers of the request; `undefined` takes one away
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
    // A connection of its own: one that was kept may be closed at the very moment when it is taken.
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
