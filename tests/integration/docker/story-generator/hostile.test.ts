/** Requests that nobody sends who means well: what they must never bring about. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { Scene, WISH } from "../../../kit/agent/scene.ts";
import { ORIGIN } from "../../../kit/agent/world.ts";

describe("hostile requests to the agent service", function () {
    this.timeout(120_000);
    const scene = new Scene();

    const port = () => Number(new URL(scene.service.url).port);

    it("bring no event of theirs into a stream", async () => {
        const topic = 'fox\r\n\r\ndata: {"type":"complete"}\n\nevent: x\u2028data: y';
        const answer = await fetch(`${scene.service.url}/api/v1/story/generate-pipeline`, {
            method: "POST",
            headers: { authorization: `Bearer ${scene.ann.idToken}`, "content-type": "application/json" },
            body: JSON.stringify({ ...WISH, topic, creative_notes: topic }),
        });
        const blocks = (await answer.text()).split("\n\n").filter(Boolean);
        const events = blocks.filter((block) => !block.startsWith(":"));
        for (const block of events) {
            expect(block).to.match(/^data: \{[^\r\n]*\}\nid: [\w-]+\.\d+$/);
        }
        const types = events.map((block) => JSON.parse(block.split("\n")[0]?.slice("data: ".length) ?? "").type);
        expect(types.filter((type) => type === "complete")).to.have.length(1);
        expect(types.at(-1)).to.equal("complete");
    });

    describe("on the wire", () => {
        /** What the service answers to bytes on a connection of their own, until it closes or the first head is there. */
        async function raw(text: string): Promise<string> {
            const socket = connect(port(), "127.0.0.1");
            const heard: Buffer[] = [];
            const answered = new Promise<void>((resolve) => {
                socket.on("data", (data) => {
                    heard.push(data);
                    if (Buffer.concat(heard).includes("\r\n\r\n")) {
                        resolve();
                    }
                });
                socket.on("close", () => resolve());
                socket.on("error", () => resolve());
            });
            socket.write(text);
            await answered;
            socket.destroy();
            return Buffer.concat(heard).toString("latin1");
        }
        const post = "POST /api/v1/auth/signin HTTP/1.1\r\nHost: x\r\n";
        const smuggled = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

        for (const [what, text, status] of [
            [
                "a length and chunks",
                `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
                400,
            ],
            ["two lengths", `${post}Content-Length: 4\r\nContent-Length: 40\r\n\r\n${smuggled}`, 400],
            ["a negative length", `${post}Content-Length: -1\r\n\r\n`, 400],
            ["a length that is none", `${post}Content-Length: 0x10\r\n\r\n`, 400],
            ["chunks that are not the last encoding", `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400],
            ["a space before the colon", `${post}Content-Length : 4\r\n\r\nabcd`, 400],
            ["no host", "GET /health HTTP/1.1\r\n\r\n", 400],
            ["headers of 100 KB", `GET /health HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(100_000)}\r\n\r\n`, 431],
            ["another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
        ] as const) {
            it(`are refused, and what stands behind them is never answered: ${what}`, async () => {
                const heard = await raw(text);
                expect(heard.split("\r\n")[0]).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
                expect(heard.match(/HTTP\/1\.1 /g)).to.have.length(1);
            });
        }

        it("reach no other host", async () => {
            expect(await raw("CONNECT other.example:443 HTTP/1.1\r\nHost: x\r\n\r\n")).to.not.match(
                /^HTTP\/1\.1 2\d\d/,
            );
        });

        it("that are never finished keep nobody waiting", async () => {
            const slow = Array.from({ length: 200 }, (_, at) => {
                const socket = connect(port(), "127.0.0.1").on("error", () => undefined);
                socket.write(at % 2 ? `${post}Content-Length: 1000\r\n\r\n{` : "GET /health HTTP/1.1\r\nHo");
                return socket;
            });
            try {
                await Promise.all(slow.map((socket) => socket.readyState === "open" || once(socket, "connect")));
                expect((await scene.service.get("/api/v1/auth/me", scene.ann.idToken)).status).to.equal(200);
            } finally {
                for (const socket of slow) {
                    socket.destroy();
                }
            }
        });
    });

    describe("with a body", () => {
        const send = (path: string, body: string | ReadableStream, token?: string) =>
            fetch(scene.service.url + path, {
                method: "POST",
                headers: {
                    "content-type": "application/json",
                    ...(token ? { authorization: `Bearer ${token}` } : {}),
                },
                body,
                ...(typeof body === "string" ? {} : { duplex: "half" }),
            } as RequestInit);
        const inChunks = (text: string) => ReadableStream.from([Buffer.from(text), Buffer.from(" ")]);

        it("of more than 64 KB are refused, however it comes and whoever sends it", async () => {
            const large = JSON.stringify({ topic: "a".repeat(64 * 1024) });
            for (const [path, token] of [
                ["/api/v1/story/generate-pipeline", scene.ann.idToken],
                ["/api/v1/story/generate-pipeline", undefined],
                ["/api/v1/auth/signin", undefined],
            ] as const) {
                expect((await send(path, large, token)).status, path).to.equal(413);
                expect((await send(path, inChunks(large), token)).status, path).to.equal(413);
            }
        });

        for (const [what, body] of [
            ["nested thousands deep", `{"topic":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
            ["of thousands of fields", `{${Array.from({ length: 4_000 }, (_, at) => `"f${at}":1`).join()}}`],
            ["for the prototype", '{"__proto__":{"topic":"x"},"constructor":{"prototype":{"topic":"x"}}}'],
            ["that is no object", "[1,2,3]"],
            ["that is no JSON", "{nonsense"],
        ] as const) {
            it(`${what} are refused`, async () => {
                const answer = await send("/api/v1/story/generate-pipeline", body, scene.ann.idToken);
                expect(answer.status).to.equal(400);
                expect(Object.prototype).to.not.have.property("topic");
            });
        }
    });

    it("of a page of another origin are told nothing", async () => {
        for (const origin of ["https://evil.example", "null", `${ORIGIN}.evil.example`, `${ORIGIN}0`]) {
            for (const method of ["GET", "OPTIONS"]) {
                const answer = await fetch(`${scene.service.url}/api/v1/stories/list`, {
                    method,
                    headers: {
                        origin,
                        authorization: `Bearer ${scene.ann.idToken}`,
                        "access-control-request-method": "GET",
                    },
                });
                expect(answer.headers.get("access-control-allow-origin"), `${method} ${origin}`).to.equal(null);
            }
        }
    });
});
