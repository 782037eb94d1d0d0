import { createRequire } from "node:module";
import { expect } from "chai";
import { BedrockRelay } from "../../../local/runtime/bedrockRelay.ts";
import { startUpstreams, type Upstreams } from "../../../standins/upstreams/server.ts";

const ofImages = createRequire(new URL("../../../docker/package.json", import.meta.url));
const { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } = ofImages("@aws-sdk/client-bedrock-runtime");
const { NodeHttpHandler } = ofImages("@smithy/node-http-handler");

describe("The way to the real Bedrock", () => {
    const input = { modelId: "us.amazon.nova-pro-v1:0", messages: [{ role: "user", content: [{ text: "Tell." }] }] };
    let upstreams: Upstreams;
    let relay: BedrockRelay | undefined;

    before(async () => {
        upstreams = await startUpstreams();
    });
    afterEach(async () => {
        await relay?.stop();
    });
    after(() => upstreams.stop());

    async function clientOver(credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string }>) {
        relay = await BedrockRelay.start({ region: "eu-west-1", target: upstreams.bedrockUrl, credentials });
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
            expect(headers.authorization).to.match(/Credential=the-person\/\d+\/eu-west-1\/bedrock\/aws4_request/);
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
