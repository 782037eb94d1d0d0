import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    CreateBucketCommand,
    GetObjectCommand,
    PutBucketCorsCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { startGateway } from "../../../../standins/gateway/gateway.ts";
import { GatewayWorld } from "./world.ts";

describe("The gateway", () => {
    let world: GatewayWorld;
    before(async () => {
        world = await GatewayWorld.open({ AUTH: "true" });
    });
    after(() => world.close());

    it("passes on what no case is about, in every protocol, byte by byte", async () => {
        const { Account } = await world.client(STSClient).send(new GetCallerIdentityCommand({}));
        expect(Account).to.equal(GatewayWorld.account);
        const s3 = world.client(S3Client);
        const bytes = Buffer.alloc(3_000_000, "story");
        await s3.send(new CreateBucketCommand({ Bucket: "passed-on" }));
        await s3.send(new PutObjectCommand({ Bucket: "passed-on", Key: "a b/ü.bin", Body: bytes }));
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: "passed-on", Key: "a b/ü.bin" }));
        expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).to.equal(true);
    });

    it("leaves a bucket's answers to other origins to MiniStack, which keeps to the bucket's rules", async () => {
        const s3 = world.client(S3Client);
        await s3.send(new CreateBucketCommand({ Bucket: "with-origins" }));
        await s3.send(
            new PutBucketCorsCommand({
                Bucket: "with-origins",
                CORSConfiguration: {
                    CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://one.example"] }],
                },
            }),
        );
        const ask = async (Origin: string, method: string) => {
            const headers = { Origin, "Access-Control-Request-Method": "GET" };
            const response = await fetch(`${world.url}/with-origins/story.txt`, { method, headers });
            return response.headers.get("access-control-allow-origin");
        };
        expect(await ask("https://one.example", "OPTIONS")).to.equal("https://one.example");
        expect(await ask("https://two.example", "OPTIONS")).to.equal(null);
        expect(await ask("https://two.example", "GET")).to.equal(null);
    });

    it("goes on after what is behind it was started anew, and gives up a connection that is idle", async () => {
        const sockets = new Set<Socket>();
        const start = async (port: number, answer: string) => {
            const server = createServer((_request, response) => response.end(answer)).listen(port, "127.0.0.1");
            server.keepAliveTimeout = 60_000;
            server.on("connection", (socket) => sockets.add(socket));
            await once(server, "listening");
            return server;
        };
        const stop = async (server: Server) => {
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        };
        const folder = mkdtempSync(join(tmpdir(), "story-42-gateway-"));
        const first = await start(0, "first");
        const { port } = first.address() as AddressInfo;
        const endpoint = `http://127.0.0.1:${port}`;
        const gateway = await startGateway({ endpoint, region: "us-east-1", storePath: join(folder, "s"), cases: [] });
        const ask = async () => await (await fetch(gateway.url, { method: "POST", body: "asked" })).text();
        try {
            expect([await ask(), await ask()]).to.deep.equal(["first", "first"]);
            expect(sockets.size).to.equal(1);
            await stop(first);
            const second = await start(port, "second");
            try {
                expect(await ask()).to.equal("second");
                const [kept] = [...sockets].filter((socket) => !socket.destroyed);
                // MiniStack's own patience is 5 s.
                await once(kept as Socket, "close", { signal: AbortSignal.timeout(4900) });
            } finally {
                await stop(second);
            }
        } finally {
            await gateway.stop();
            rmSync(folder, { recursive: true });
        }
    });

    it("opens no way out of this machine", async () => {
        const { port } = new URL(world.url);
        const socket = connect(Number(port), "127.0.0.1");
        socket.write("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
        const [said] = (await once(socket, "data")) as [Buffer];
        expect(said.toString()).to.match(/^HTTP\/1.1 403 /);
    });
});
