/** The way of what runs to the emulator: as over TLS, which the deployment's bucket policies insist on. */
import { createServer, type Server } from "node:http";
import { close, forward, listen } from "../../standins/http.ts";

export class AwsEntry {
    readonly url: string;
    readonly #server: Server;

    private constructor(server: Server, port: number) {
        this.#server = server;
        this.url = `http://127.0.0.1:${port}`;
    }

    /** `endpoint`: the emulator. TLS itself would need a certificate that every process and browser here trusts. */
    static async start(endpoint: string, port: number): Promise<AwsEntry> {
        const server = createServer((request, response) => {
            // The name that was signed is kept, or no signature would be right.
            const asOverTls = { "x-forwarded-proto": "https", host: request.headers.host ?? "" };
            forward(request, response, `${endpoint}${request.url}`, {}, asOverTls);
        });
        server.requestTimeout = 0;
        return new AwsEntry(server, await listen(server, port));
    }

    async stop(): Promise<void> {
        await close(this.#server);
    }
}
