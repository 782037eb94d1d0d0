/** Serves the site and the agent service at one loopback address, as CloudFront does, and the REST API beside them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { close, forward, guarded, listen, NO_PAGE_HEADERS, sendJson } from "../../standins/http.ts";
import type { AgentHost } from "./agentHost.ts";
import type { Clients } from "./clients.ts";
import type { Behavior, Distribution } from "./distribution.ts";
import type { Overlay } from "./overlay.ts";
import { isOperation } from "./upstreamSettings.ts";

export interface FrontDoorOptions {
    clients: Clients;
    port: number;
    agent: AgentHost | undefined;
    /** The REST API's stage on the emulator. */
    apiUrl: string;
    /** The distribution to serve; undefined when a stack has no site. */
    distribution: Distribution | undefined;
}

export class FrontDoor {
    readonly #options: FrontDoorOptions;
    readonly #server: Server;
    #port = 0;
    #distribution: Distribution | undefined;
    #site: Overlay["site"];

    private constructor(options: FrontDoorOptions) {
        this.#options = options;
        this.#distribution = options.distribution;
        this.#server = createServer(
            guarded({ isSite: true }, (request: IncomingMessage, response: ServerResponse) => {
                this.#answer(request, response).catch((error: Error) => {
                    console.error(`${request.method} ${request.url}: ${error.message}`);
                    if (response.headersSent) {
                        response.destroy();
                    } else {
                        sendJson(response, 502, { message: error.message });
                    }
                });
            }),
        );
        // The stream of a story may take minutes.
        this.#server.requestTimeout = 0;
    }

    static async start(options: FrontDoorOptions): Promise<FrontDoor> {
        const door = new FrontDoor(options);
        door.#port = await listen(door.#server, options.port);
        return door;
    }

    get url(): string {
        return `http://127.0.0.1:${this.#port}`;
    }

    /** Sets the distribution to serve; undefined when a stack has no site. */
    serve(distribution: Distribution | undefined): void {
        this.#distribution = distribution;
    }

    /** Sets the origin of the site's own files. Default: that of the distribution. */
    serveSite(site: Overlay["site"]): void {
        this.#site = site;
    }

    async stop(): Promise<void> {
        await close(this.#server);
    }

    async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { apiUrl, agent } = this.#options;
        const address = request.url ?? "/";
        const path = address.split("?", 1)[0] ?? "/";
        if (isOperation(path) && request.method !== "GET" && request.method !== "HEAD") {
            forward(request, response, `${apiUrl}${address}`, {});
            return;
        }
        const behavior = this.#distribution?.behaviorOf(path);
        if (!behavior) {
            sendJson(response, 404, { message: "This deployment has no site." });
            return;
        }
        const headers = this.#localHeaders(behavior);
        if (this.#site && behavior.bucket && behavior.bucket === this.#distribution?.behaviorOf("/").bucket) {
            headers["content-security-policy"] = widened(headers["content-security-policy"] ?? "", this.#site.policy);
            forward(request, response, `${this.#site.url}${address}`, headers, NO_PAGE_HEADERS);
            return;
        }
        if (behavior.bucket) {
            await this.#file(request, response, behavior.bucket, behavior.rewrite(path), headers);
            return;
        }
        const task = agent?.address();
        if (task) {
            forward(request, response, `${task}${address}`, headers);
        } else {
            sendJson(response, 503, { message: "No task of the agent service is running." }, headers);
        }
    }

    /** The deployed headers, with the local address of buckets in the policy, so that pages may load pictures. */
    #localHeaders({ headers }: Behavior): Record<string, string> {
        const csp = headers["content-security-policy"]?.replace(
            /https:\/\/[\w.-]+\.s3[.-][\w.-]*amazonaws\.com/g,
            this.#options.clients.endpoint,
        );
        return { ...headers, ...(csp ? { "content-security-policy": csp } : {}) };
    }

    async #file(
        request: IncomingMessage,
        response: ServerResponse,
        bucket: string,
        path: string,
        headers: Record<string, string>,
    ): Promise<void> {
        if (request.method !== "GET" && request.method !== "HEAD") {
            sendJson(response, 403, { message: "This distribution takes GET and HEAD here." }, headers);
            return;
        }
        const key = decodeURIComponent(path.slice(1)) || this.#distribution?.rootObject;
        const object = await this.#object(bucket, key ?? "", request.headers.range);
        if (!object.file) {
            sendJson(response, object.status, { message: `${path} is not among the site's files.` }, headers);
            return;
        }
        const { ETag: etag } = object.file;
        if (etag && request.headers["if-none-match"] === etag) {
            response.writeHead(304, { etag, ...headers }).end();
            return;
        }
        response.writeHead(object.status, { ...fileHeaders(object.file), ...headers });
        if (request.method === "HEAD") {
            response.end();
        } else {
            await pipeline(object.file.Body as unknown as AsyncIterable<Uint8Array>, response);
        }
    }

    async #object(
        bucket: string,
        key: string,
        range: string | undefined,
    ): Promise<{ status: number; file?: GetObjectCommandOutput }> {
        try {
            const file = await this.#options.clients.s3.send(
                new GetObjectCommand({ Bucket: bucket, Key: key, Range: range }),
            );
            return { status: range ? 206 : 200, file };
        } catch (error) {
            const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
            if (status === undefined || status >= 500) {
                throw error;
            }
            return { status };
        }
    }
}

/** A content security policy with more sources, by directive. */
function widened(policy: string, sources: Record<string, string>): string {
    return policy.replace(/(?<=^|; )([\w-]+)([^;]*)/g, (all, directive) =>
        directive in sources ? `${all} ${sources[directive]}` : all,
    );
}

function fileHeaders(file: GetObjectCommandOutput): Record<string, string> {
    const headers = {
        "content-type": file.ContentType,
        "content-length": file.ContentLength?.toString(),
        "content-range": file.ContentRange,
        "cache-control": file.CacheControl,
        "last-modified": file.LastModified?.toUTCString(),
        etag: file.ETag,
    };
    return Object.fromEntries(Object.entries(headers).filter((one): one is [string, string] => one[1] !== undefined));
}
