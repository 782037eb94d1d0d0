/** One request and its answer, the same over HTTP/1.1 and HTTP/2. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./faults.ts";

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** Larger bodies are refused; the largest legitimate ones contain a few reference pictures. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export class Exchange {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: Record<string, string>;
    readonly body: Buffer;
    /** The fault of this call, if any. */
    fault: Fault | undefined;
    /** The usage in the answer; counted when the whole answer was sent. */
    used: Record<string, number> | undefined;
    #isWhole = false;
    /** The answer's content, if it is JSON or a stream of events. */
    answer: unknown;
    readonly #request: Request;
    readonly #response: Response;

    constructor(request: Request, response: Response, body: Buffer) {
        const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
        this.method = request.method ?? "GET";
        this.path = pathname;
        this.query = searchParams;
        this.headers = Object.fromEntries(
            Object.entries(request.headers).flatMap(([name, value]) =>
                name.startsWith(":") || value === undefined ? [] : [[name, String(value)]],
            ),
        );
        this.body = body;
        this.#request = request;
        this.#response = response;
    }

    get protocol(): "HTTP/1.1" | "HTTP/2" {
        return this.#request.httpVersionMajor === 2 ? "HTTP/2" : "HTTP/1.1";
    }

    get status(): number {
        return this.#response.statusCode;
    }

    /** Whether the whole answer was sent. */
    get isWhole(): boolean {
        return this.#isWhole;
    }

    /** The body as JSON; an empty object if it is not a JSON object. */
    json(): Record<string, unknown> {
        try {
            const value: unknown = JSON.parse(this.body.toString("utf8"));
            return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
        } catch {
            return {};
        }
    }

    /** Answers `pieces`, one write each. A fault of kind `breakOff` ends the connection in their middle. */
    async send(status: number, headers: Record<string, string>, ...pieces: (Uint8Array | string)[]): Promise<void> {
        const bytes = pieces.map((piece) => Buffer.from(piece));
        const size = bytes.reduce((sum, piece) => sum + piece.length, 0);
        const length: Record<string, string> = pieces.length === 1 ? { "content-length": String(size) } : {};
        if (this.fault?.kind !== "breakOff") {
            await this.start(status, { ...headers, ...length }, ...bytes);
            await this.finish();
            return;
        }
        await this.start(status, { ...headers, ...length }, Buffer.concat(bytes).subarray(0, Math.floor(size / 2)));
        // Lets the written part reach the client before the connection breaks.
        await sleep(20);
        this.breakConnection();
    }

    /** Sends the beginning of an answer; `finish` must follow. */
    async start(status: number, headers: Record<string, string>, ...pieces: Uint8Array[]): Promise<void> {
        (this.#response as ServerResponse).writeHead(status, headers);
        await this.#write(pieces);
    }

    async finish(...pieces: Uint8Array[]): Promise<void> {
        await this.#write(pieces);
        this.#response.end();
        this.#isWhole = true;
    }

    async #write(pieces: Uint8Array[]): Promise<void> {
        const response = this.#response as ServerResponse;
        for (const piece of pieces) {
            // Each write also waits for "close", so that a client that disconnects does not block this loop.
            await new Promise<void>((resolve) => {
                if (response.destroyed) {
                    resolve();
                    return;
                }
                const gone = () => resolve();
                response.once("close", gone);
                response.write(piece, () => {
                    response.off("close", gone);
                    resolve();
                });
            });
        }
    }

    async sendJson(status: number, value: unknown, headers: Record<string, string> = {}): Promise<void> {
        this.answer = value;
        await this.send(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
    }

    /** Breaks the connection before the answer is complete. */
    breakConnection(): void {
        const request = this.#request;
        if ("stream" in request && request.httpVersionMajor === 2) {
            request.stream.session?.destroy();
        } else {
            request.socket.destroy();
        }
    }

    /** Resolves when the client has disconnected, or `signal` is aborted. */
    async gone(signal: AbortSignal): Promise<void> {
        await once(this.#response, "close", { signal }).catch(() => undefined);
    }
}

export async function readBody(request: Request): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) {
            throw new Error(`the body has more than ${MAX_BODY_BYTES} bytes`);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}
