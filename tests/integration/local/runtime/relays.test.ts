import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { BedrockRelay } from "../../../../local/runtime/bedrockRelay.ts";
import { STAND_IN_KEYS } from "../../../../local/runtime/liveKeys.ts";
import { googleRelay, speechRelay } from "../../../../local/runtime/liveRelays.ts";
import type { Relay } from "../../../../local/runtime/relay.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";
import { askAs } from "../../../kit/rawRequest.ts";

const ofImages = createRequire(new URL("../../../../docker/package.json", import.meta.url));
const { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } = ofImages("@aws-sdk/client-bedrock-runtime");
const { GoogleGenAI } = ofImages("@google/genai");
const { NodeHttpHandler } = ofImages("@smithy/node-http-handler");

describe("The way to the real Bedrock", () => {
    const input = { modelId: "us.amazon.nova-pro-v1:0", messages: [{ role: "user", content: [{ text: "Tell." }] }] };
    let upstreams: Upstreams;
    let relay: Relay | undefined;

    before(async () => {
        upstreams = await startUpstreams();
    });
    afterEach(async () => {
        await relay?.stop();
    });
    after(() => upstreams.stop());

    async function clientOver(credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string }>) {
        relay = await BedrockRelay.start({ region: "us-west-2", target: upstreams.bedrockUrl, credentials });
        return new BedrockRuntimeClient({
            region: "us-east-1",
            endpoint: relay.url,
            credentials: { accessKeyId: "the-role", secretAccessKey: "secret" },
            maxAttempts: 1,
            requestHandler: new NodeHttpHandler(),
        });
    }

    it("signs with the person's credentials in place of the role's, whole and streamed", async () => {
        const client = await clientOver(async () => ({ accessKeyId: "the-person", secretAccessKey: "secret" }));
        const whole = await client.send(new ConverseCommand(input));
        let streamed = "";
        for await (const event of (await client.send(new ConverseStreamCommand(input))).stream) {
            streamed += event.contentBlockDelta?.delta?.text ?? "";
        }
        expect(streamed).to.equal(whole.output.message.content[0].text);
        for (const { headers } of upstreams.requests("bedrock")) {
            expect(headers.authorization).to.match(/Credential=the-person\/\d+\/us-west-2\/bedrock\/aws4_request/);
            expect(headers.authorization).to.not.include("the-role");
        }
    });

    it("passes Bedrock's own errors on", async () => {
        const client = await clientOver(async () => ({ accessKeyId: "the-person", secretAccessKey: "secret" }));
        upstreams.control.fault({ upstream: "bedrock", kind: "throttle" });
        const error = await client.send(new ConverseCommand(input)).catch((reason: Error) => reason);
        expect(error.name).to.equal("ThrottlingException");
    });

    it("says so when there are no credentials", async () => {
        const client = await clientOver(() => Promise.reject(new Error("no profile")));
        const error = await client.send(new ConverseCommand(input)).catch((reason: Error) => reason);
        expect(error.name).to.equal("AccessDeniedException");
        expect(error.message).to.include("no profile");
    });
});

describe("The way to a real upstream", () => {
    const TOKEN = "the-persons-token";
    const requests: IncomingMessage[] = [];
    const upstream = createServer((request, response) => {
        requests.push(request);
        request.resume();
        response.setHeader("content-type", "application/json").end("{}");
    });
    let target: string;
    let relay: Relay;

    before(async () => {
        await once(upstream.listen(0, "127.0.0.1"), "listening");
        target = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
        process.env.AWS_BEARER_TOKEN_BEDROCK = TOKEN;
    });
    beforeEach(() => {
        requests.length = 0;
    });
    afterEach(() => relay.stop());
    after(() => upstream.close());

    const known = "/model/us.amazon.nova-pro-v1%3A0/converse";

    it("is passed by those alone who know its address, and by no page", async () => {
        relay = await BedrockRelay.start({ region: "us-east-1", target });
        const { origin, host, pathname } = new URL(relay.url);
        expect(pathname).to.match(/^\/[\w-]{32}$/);
        expect((await askAs(`${relay.url}${known}`, "POST", {}, "{}")).status).to.equal(200);
        expect(requests.map(({ headers }) => headers.authorization)).to.deep.equal([`Bearer ${TOKEN}`]);
        for (const [url, headers] of [
            [`${origin}${known}`, {}],
            [`${origin}/guessed${known}`, {}],
            [`${relay.url}${known}`, { origin: "https://evil.example" }],
            [`${relay.url}${known}`, { origin: "null" }],
            [`${relay.url}${known}`, { "sec-fetch-site": "cross-site" }],
            [`${relay.url}${known}`, { host: host.replace("127.0.0.1", "evil.example") }],
        ] as [string, Record<string, string>][]) {
            const { status, headers: said } = await askAs(url, "POST", headers, "{}");
            expect(
                { status, allowed: said["access-control-allow-origin"] },
                JSON.stringify([url, headers]),
            ).to.deep.equal({
                status: 403,
                allowed: undefined,
            });
        }
        expect(requests).to.have.length(1);
    });

    it("leads to the upstream's own address and the calls that are needed alone, whatever the path is", async () => {
        relay = await BedrockRelay.start({ region: "us-east-1", target });
        const foreign = createServer((request, response) => {
            requests.push(request);
            response.end();
        });
        await once(foreign.listen(0, "127.0.0.1"), "listening");
        const elsewhere = `127.0.0.1:${(foreign.address() as AddressInfo).port}`;
        try {
            for (const path of [
                `//${elsewhere}/x`,
                `//${elsewhere}${known}`,
                `/\\${elsewhere}${known}`,
                `/@${elsewhere}${known}`,
                "/model/../../async-invoke",
                "/async-invoke",
                "/model/m/invoke",
                `${known}?x=1`,
                "",
            ]) {
                for (const method of ["GET", "POST"]) {
                    const { status } = await askAs(
                        `${relay.url}${path}`,
                        method,
                        {},
                        method === "POST" ? "{}" : undefined,
                    );
                    expect([403, 404], `${method} ${path}`).to.include(status);
                }
            }
            expect(requests).to.deep.equal([]);
        } finally {
            foreign.close();
        }
    });

    it("puts the person's key for Google in the place of the stack's", async () => {
        relay = await googleRelay("the-persons-key", target);
        const google = new GoogleGenAI({ apiKey: STAND_IN_KEYS.google, httpOptions: { baseUrl: relay.url } });
        await google.models.generateContent({ model: "gemini-nano-banana-2.1", contents: "A fox" });
        expect(requests.map(({ url, headers }) => [url, headers["x-goog-api-key"]])).to.deep.equal([
            ["/v1beta/models/gemini-nano-banana-2.1:generateContent", "the-persons-key"],
        ]);
        expect((await askAs(`${relay.url}/v1beta/files`, "POST", {}, "{}")).status).to.equal(404);
    });

    it("puts the person's key for speech in the place of the stack's, and leaves a reader's own", async () => {
        relay = await speechRelay("the-persons-key", `${target}/tts/`);
        for (const key of [STAND_IN_KEYS.tts, "a-readers-own"]) {
            await fetch(`${relay.url}/voices`, { headers: { authorization: `Bearer ${key}` } });
        }
        expect(requests.map(({ url, headers }) => [url, headers.authorization])).to.deep.equal([
            ["/tts/voices", "Bearer the-persons-key"],
            ["/tts/voices", "Bearer a-readers-own"],
        ]);
        expect((await askAs(`${relay.url}/admin/voices`, "POST", {}, "{}")).status).to.equal(404);
    });
});
