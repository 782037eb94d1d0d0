/** A proxy before the emulator, in which tests make calls fail. */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A call of an AWS client: its DynamoDB operation, or its method and path. */
export type Call = string;

export class FaultyAws {
    readonly url: string;
    /** Selects calls that are answered 500 instead of being forwarded. */
    fails: (call: Call) => boolean = () => false;
    /** Selects calls that are forwarded but answered 500; `attempt` is 1 when the client sends a call for the first time. */
    losesAnswer: (call: Call, attempt: number) => boolean = () => false;
    /** Number of lost answers. */
    lost = 0;
    /** Every forwarded call. */
    readonly calls: Call[] = [];
    /** Bytes of the answers. */
    bytes = 0;
    readonly #stop: () => void;

    private constructor(url: string, stop: () => void) {
        this.url = url;
        this.#stop = stop;
    }

    static async before(emulator: { url: string }): Promise<FaultyAws> {
        const server = createServer((incoming, outgoing) => {
            const target = incoming.headers["x-amz-target"];
            const call = target ? String(target).replace(/^.*\./, "") : `${incoming.method} ${incoming.url}`;
            if (border.fails(call)) {
                incoming.resume();
                outgoing.writeHead(500).end();
                return;
            }
            border.calls.push(call);
            const { method, headers, url = "/" } = incoming;
            const [, attempt = 1] = /attempt=(\d+)/.exec(String(headers["amz-sdk-request"])) ?? [];
            const isLost = border.losesAnswer(call, Number(attempt));
            border.lost += isLost ? 1 : 0;
            const passed = request(new URL(url, emulator.url), { method, headers }, (answer) => {
                if (isLost) {
                    answer.resume().once("end", () => outgoing.writeHead(500).end());
                    return;
                }
                outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
                answer.on("data", (chunk: Buffer) => {
                    border.bytes += chunk.length;
                });
                answer.pipe(outgoing);
            });
            passed.on("error", () => outgoing.destroy());
            incoming.pipe(passed);
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        const border = new FaultyAws(`http://127.0.0.1:${port}`, () => {
            server.close();
            server.closeAllConnections();
        });
        return border;
    }

    stop(): void {
        this.#stop();
    }
}
