/** What the runtime's servers share. */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export async function readText(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
}

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

/**
 * Passes a request on to `target` and its answer back, piece by piece; whoever leaves takes the other side along.
 *
 * @param added headers of the answer
 * @param onwards headers of the request
 */
export function forward(
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    added: Record<string, string>,
    onwards: Record<string, string> = {},
): void {
    const passed = Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name) && name !== "host");
    const headers = {
        ...Object.fromEntries(passed),
        "x-forwarded-for": request.socket.remoteAddress ?? "",
        ...onwards,
    };
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
