import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { guarded } from "../../standins/http.ts";
import { blobPath } from "./layer.ts";

/**
 * Serves stores of images, by digest, as a read-only registry on loopback: what a builder needs for `FROM`.
 */
export async function startBaseRegistry(stores: string[], port: number): Promise<Server> {
    const answer = (request: IncomingMessage, response: ServerResponse) => {
        // The query names the mirrored registry.
        const [address = ""] = (request.url ?? "").split("?");
        const [, kind, digest] = /^\/v2\/[\w/-]+\/(manifests|blobs)\/(sha256:[0-9a-f]{64})$/.exec(address) ?? [];
        const path = digest && stores.map((store) => blobPath(store, digest)).find(existsSync);
        if (address === "/v2/") {
            response.end("{}");
        } else if (!path || !["GET", "HEAD"].includes(request.method ?? "")) {
            response.writeHead(404, { "content-type": "application/json" });
            response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not in this store"}]}');
        } else {
            response.setHeader("content-type", kind === "blobs" ? "application/octet-stream" : mediaType(path));
            response.setHeader("content-length", statSync(path).size);
            response.setHeader("docker-content-digest", digest);
            if (request.method === "HEAD") {
                response.end();
            } else {
                createReadStream(path).pipe(response);
            }
        }
    };
    const server = createServer(guarded({}, answer));
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", resolve);
    });
    server.unref();
    return server;
}

function mediaType(manifest: string): string {
    return JSON.parse(readFileSync(manifest, "utf8")).mediaType;
}
