import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { expect } from "chai";
import { freePort } from "../../../../local/lib/ports.ts";
import { Screen } from "../../../../local/lib/screen.ts";
import { checkUpstreams, type UpstreamCheck } from "../../../../local/runtime/upstreamChecks.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";

const credentials = { AWS_ACCESS_KEY_ID: "the-person", AWS_SECRET_ACCESS_KEY: "secret" };

describe("The real upstreams, asked before anything stands on them", () => {
    let upstreams: Upstreams;
    let ownModel: Server;
    let answer: { status: number; message: object };

    before(async () => {
        upstreams = await startUpstreams();
        ownModel = createServer((_request, response) => {
            response.writeHead(answer.status).end(JSON.stringify({ choices: [{ message: answer.message }] }));
        });
        await new Promise<void>((resolve) => ownModel.listen(0, "127.0.0.1", resolve));
    });
    beforeEach(() => {
        Object.assign(process.env, credentials);
    });
    afterEach(() => upstreams.control.reset());
    after(async () => {
        ownModel.close();
        await upstreams.stop();
    });

    /** What is said, or of one that refuses, with what. */
    async function check(asked: Partial<UpstreamCheck>): Promise<string> {
        let said = "";
        const lines = new Writable({
            write: (chunk, _encoding, done) => {
                said += chunk;
                done();
            },
        });
        await checkUpstreams({
            live: [],
            keys: { googleApiKey: "a-key", tech42TtsApiKey: "a-key", tech42TtsApiUrl: upstreams.ttsUrl },
            models: { text: "us.amazon.nova-pro-v1:0", pictures: "gemini-nano-banana-2.1" },
            region: "us-east-1",
            addresses: { bedrock: upstreams.bedrockUrl, google: upstreams.geminiUrl },
            screen: new Screen(lines as unknown as NodeJS.WriteStream),
            signal: new AbortController().signal,
            ...asked,
        });
        return said;
    }
    const refusal = (asked: Partial<UpstreamCheck>) =>
        check(asked).then(
            (said) => expect.fail(`nothing was refused: ${said}`),
            (error: Error) => error.message,
        );
    const modelServer = () => ({
        url: `http://127.0.0.1:${(ownModel.address() as AddressInfo).port}/v1`,
        model: "my-model",
    });

    it("are each called once, and said to answer", async () => {
        answer = {
            status: 200,
            message: { tool_calls: [{ id: "1", function: { name: "answer", arguments: '{"answer":"yes"}' } }] },
        };
        const said = await check({ live: ["bedrock", "google", "tts"], modelServer: modelServer() });
        expect(said).to.match(/✓ The real Bedrock: us\.amazon\.nova-pro-v1:0 answers/);
        expect(said).to.match(/✓ The real Google: gemini-nano-banana-2\.1 is there, and the key is taken/);
        expect(said).to.match(/✓ The real voices: 6 at http/);
        expect(said).to.match(/✓ Model server: my-model at http.* answers/);
        expect(upstreams.requests().map(({ path }) => path)).to.have.length(3);
        expect(await check({})).to.equal("");
    });

    it("say which model Bedrock refuses, and what gives access", async () => {
        upstreams.control.fault({ upstream: "bedrock", kind: "error", status: 403 });
        expect(await refusal({ live: ["bedrock"] }))
            .to.contain("us-east-1 refuses us.amazon.nova-pro-v1:0: AccessDeniedException: You don't have access")
            .and.contain("AWS_PROFILE")
            .and.contain("bedrockModelId");
    });

    it("say that Google does not take the key, or has no such model", async () => {
        expect(await refusal({ live: ["google"], keys: { googleApiKey: "invalid" } })).to.contain(
            "Google refuses GEMINI_API_KEY (400)",
        );
        const models = { text: "", pictures: "imagen-4" };
        expect(await refusal({ live: ["google"], models })).to.contain("Google has no model imagen-4");
    });

    it("say that the text-to-speech API does not take the key", async () => {
        const keys = { tech42TtsApiKey: "invalid", tech42TtsApiUrl: upstreams.ttsUrl };
        expect(await refusal({ live: ["tts"], keys }))
            .to.contain(upstreams.ttsUrl)
            .and.contain("TECH42_TTS_API_KEY");
    });

    it("say what a server of one's own answered, that it calls no tools, or that nobody listens", async () => {
        answer = { status: 404, message: {} };
        expect(await refusal({ modelServer: modelServer() }))
            .to.contain("it answered 404")
            .and.contain("ollama pull my-model");
        answer = { status: 200, message: { content: "Yes." } };
        expect(await refusal({ modelServer: modelServer() })).to.contain("it calls no tool");
        const nobody = { url: `http://127.0.0.1:${await freePort()}/v1`, model: "my-model" };
        expect(await refusal({ modelServer: nobody })).to.contain("ECONNREFUSED");
    });
});
