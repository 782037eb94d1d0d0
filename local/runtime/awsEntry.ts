/** A proxy to the emulator that marks requests as sent over TLS, which the deployment's bucket policies require. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { close, forward, guarded, listen, NO_PAGE_HEADERS } from "../../standins/http.ts";

export class AwsEntry {
    readonly url: string;
    readonly #server: Server;

    private constructor(server: Server, port: number) {
        this.#server = server;
        this.url = `http://127.0.0.1:${port}`;
    }

    /**
     * @param endpoint the emulator's address. TLS itself would need a certificate that every process and browser here trusts
     * @param site the site's address, once there is one: only its pages, which show pictures, may send requests
     */
    static async start(endpoint: string, port: number, site: () => string | undefined): Promise<AwsEntry> {
        const origins = () => [site() ?? []].flat().flatMap((url) => [url, url.replace("127.0.0.1", "localhost")]);
        const server = createServer(
            guarded({ origins }, (request: IncomingMessage, response: ServerResponse) => {
                // The host header is signed; another one would invalidate the signature.
                const asOverTls = { "x-forwarded-proto": "https", host: request.headers.host ?? "" };
                forward(request, response, `${endpoint}${request.url}`, {}, { ...asOverTls, ...NO_PAGE_HEADERS });
            }),
        );
        server.requestTimeout = 0;
        return new AwsEntry(server, await listen(server, port));
    }

    async stop(): Promise<void> {
        await close(this.#server);
    }
}
