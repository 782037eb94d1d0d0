/** One request and its answer, the same over HTTP/1.1 and HTTP/2. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./faults.ts";

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** Bodies above this are refused; the largest that a client has reason to send are a few reference pictures. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export class Exchange {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: Record<string, string>;
    readonly body: Buffer;
    /** What shall go wrong with this call, if anything. */
    fault: Fault | undefined;
    /** What the answer says that the call used; counted when all of it was sent. */
    used: Record<string, number> | undefined;
    #isWhole = false;
    /** What the answer says, where it is JSON, or is told in pieces. */
    said: unknown;
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

    /** Whether the answer was sent to its end. */
    get isWhole(): boolean {
        return this.#isWhole;
    }

    /** The body as JSON; an empty object where it is none. */
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
        // What was written reaches the client before the connection goes.
        await sleep(20);
        this.breakConnection();
    }

    /** Answers the beginning; `finish` has to follow. */
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
            // One listener for each piece: a client that has gone must not leave this waiting.
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
        this.said = value;
        await this.send(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
    }

    /** Ends the connection without an end of the answer. */
    breakConnection(): void {
        const request = this.#request;
        if ("stream" in request && request.httpVersionMajor === 2) {
            request.stream.session?.destroy();
        } else {
            request.socket.destroy();
        }
    }

    /** Resolves when the client has gone, or `signal` is aborted. */
    async gone(signal: AbortSignal): Promise<void> {
        const response = this.#response;
        await new Promise<void>((resolve) => {
            response.once("close", () => resolve());
            signal.addEventListener("abort", () => resolve(), { once: true });
        });
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
