import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    CreateBucketCommand,
    GetObjectCommand,
    HeadBucketCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { startGateway } from "../../../../standins/gateway/gateway.ts";
import { GatewayWorld } from "../../../kit/gateway/world.ts";
import { askAs } from "../../../kit/rawRequest.ts";

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

    it("answers no page and no other name, but for a deployed API, which has rules of its own for pages", async () => {
        const s3 = world.client(S3Client);
        await s3.send(new CreateBucketCommand({ Bucket: "not-for-pages" }));
        const bucket = `${world.url}/not-for-pages`;
        const ask = async (headers: Record<string, string>, url = bucket, method = "GET") => {
            const response = await askAs(url, method, headers);
            return { status: response.status, allowed: response.headers["access-control-allow-origin"] };
        };
        const refused = { status: 403, allowed: undefined };
        for (const headers of [
            { origin: "https://evil.example" },
            { origin: "null" },
            { origin: world.url },
            { "sec-fetch-site": "cross-site" },
            { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" },
            { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
            { host: "evil.example" },
            { host: "127.0.0.1.evil.example" },
        ] as Record<string, string>[]) {
            for (const method of ["GET", "POST", "OPTIONS"]) {
                expect(await ask(headers, bucket, method), JSON.stringify(headers)).to.deep.equal(refused);
            }
        }
        for (const host of ["localhost", "000000000000.127.0.0.1", "s3.us-east-1.amazonaws.com"]) {
            // MiniStack's own answer to who has not signed.
            expect((await askAs(bucket, "GET", { host })).text, host).to.contain("<Code>");
        }
        const api = `${world.url}/restapis/none/dev/_user_request_/stories`;
        expect((await ask({ origin: "https://one.example" }, api)).status).to.equal(404);
    });

    it("keeps what MiniStack offers to whoever runs it to itself", async () => {
        const s3 = world.client(S3Client);
        await s3.send(new CreateBucketCommand({ Bucket: "stays" }));
        for (const path of [
            "/_ministack/reset",
            "/%5fministack/reset",
            "/_ministack/config",
            "/_ministack/ses/messages",
        ]) {
            const response = await fetch(`${world.url}${path}`, { method: path.includes("ses") ? "GET" : "POST" });
            expect({ path, status: response.status }).to.deep.equal({ path, status: 403 });
        }
        await s3.send(new HeadBucketCommand({ Bucket: "stays" }));
    });

    it("goes on after what is behind it was started anew, and gives up a connection that is idle", async () => {
        const sockets = new Set<Socket>();
        const folder = mkdtempSync(join(tmpdir(), "story-42-gateway-"));
        const socket = join(folder, "ministack.sock");
        const start = async (answer: string) => {
            const server = createServer((_request, response) => response.end(answer)).listen(socket);
            server.keepAliveTimeout = 60_000;
            server.on("connection", (socket) => sockets.add(socket));
            await once(server, "listening");
            return server;
        };
        const stop = async (server: Server) => {
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        };
        const first = await start("first");
        const gateway = await startGateway({ socket, region: "us-east-1", storePath: join(folder, "s"), cases: [] });
        const ask = async () => await (await fetch(gateway.url, { method: "POST", body: "asked" })).text();
        try {
            expect([await ask(), await ask()]).to.deep.equal(["first", "first"]);
            expect(sockets.size).to.equal(1);
            await stop(first);
            const second = await start("second");
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
