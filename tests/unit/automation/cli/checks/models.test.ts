import { expect } from "chai";
import type { Check } from "../../../../../automation/cli/checks/check.ts";
import type { CheckEnvironment } from "../../../../../automation/cli/checks/environment.ts";
import { pictureModelCheck, textModelsCheck } from "../../../../../automation/cli/checks/models.ts";
import { awsClients } from "../../../../../automation/cli/clients.ts";
import { startUpstreams, type Upstreams } from "../../../../../standins/upstreams/server.ts";

describe("story42 doctor, of the models", () => {
    let upstreams: Upstreams;

    before(async () => {
        upstreams = await startUpstreams();
    });
    beforeEach(() => {
        upstreams.control.reset();
        Object.assign(process.env, {
            AWS_ENDPOINT_URL_BEDROCK: upstreams.url,
            GOOGLE_GEMINI_BASE_URL: upstreams.geminiUrl,
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
        });
    });
    after(() => upstreams.stop());

    function look(check: Check, settings: Record<string, unknown>) {
        const all = {
            region: "us-east-1",
            bedrockModelId: "us.amazon.nova-pro-v1:0",
            bedrockAllowedModelIds: [],
            googleImageModelId: "gemini-nano-banana-2.1",
            googleApiKey: "google-key",
            ...settings,
        };
        const environment: Pick<CheckEnvironment, "settings" | "clients"> = {
            settings: async () => all as never,
            clients: async () => awsClients({ region: all.region, profile: undefined }),
        };
        return check.look(environment as CheckEnvironment);
    }

    it("is content with those that can be called", async () => {
        const found = await look(textModelsCheck, { bedrockAllowedModelIds: ["openai.gpt-oss-120b-1:0"] });
        expect(found).to.deep.equal({
            status: "ok",
            found: "us.amazon.nova-pro-v1:0 can be called; openai.gpt-oss-120b-1:0 can be called",
        });
        expect(upstreams.requests("bedrock").map(({ path }) => decodeURIComponent(path))).to.include.members([
            "/inference-profiles/us.amazon.nova-pro-v1:0",
            "/foundation-models/amazon.nova-pro-v1:0",
            "/foundation-model-availability/openai.gpt-oss-120b-1:0",
        ]);
    });

    for (const [bedrockModelId, words] of [
        ["us.amazon.nova-premier-v1:0", /no inference profile of this region/],
        ["amazon.nova-premier-v1:0", /past its end of life/],
        ["eu.amazon.nova-pro-v1:0", /no inference profile of this region/],
        ["us.anthropic.claude-opus-4-1-20250805-v1:0", /legacy until 2027-01-08/],
    ] as const) {
        it(`says what to do about ${bedrockModelId}`, async () => {
            const { status, found, todo } = await look(textModelsCheck, { bedrockModelId });
            expect(status).to.equal("todo");
            expect(found).to.match(words);
            expect(todo).to.contain("bedrockModelId");
        });
    }

    it("says when the account may not use one", async () => {
        upstreams.control.fault({ upstream: "bedrock", kind: "refuse", times: 0 });
        const { status, found } = await look(textModelsCheck, {});
        expect({ status, found }).to.deep.equal({
            status: "todo",
            found: "us.amazon.nova-pro-v1:0 is not allowed to this account",
        });
    });

    it("tells of one beside the configured one, and asks nothing for it", async () => {
        const { status, found } = await look(textModelsCheck, { bedrockAllowedModelIds: ["amazon.nova-premier-v1:0"] });
        expect(status).to.equal("ok");
        expect(found).to.contain("amazon.nova-premier-v1:0 is not there");
    });

    it("can't tell where nobody speaks for Bedrock", async () => {
        process.env.AWS_ENDPOINT_URL_BEDROCK = `${upstreams.url}/elsewhere`;
        upstreams.control.fault({ upstream: "bedrock", kind: "garbage", times: 0 });
        const told = await look(textModelsCheck, {}).catch((error: Error) => error);
        expect(told).to.be.instanceOf(Error);
    });

    it("asks Google for the picture model, with the stack's key", async () => {
        expect(await look(pictureModelCheck, {})).to.deep.equal({
            status: "ok",
            found: "gemini-nano-banana-2.1 is there",
        });
        expect(upstreams.requests("gemini")[0]?.headers["x-goog-api-key"]).to.equal("google-key");
    });

    for (const [change, words, advice] of [
        [{ googleImageModelId: "gemini-2.5-flash-image" }, /has no gemini-2.5-flash-image/, /googleImageModelId/],
        [{ googleApiKey: "invalid" }, /refuses the key/, /googleApiKey/],
    ] as const) {
        it(`says what to do about ${JSON.stringify(change)}`, async () => {
            const { status, found, todo } = await look(pictureModelCheck, change);
            expect(status).to.equal("todo");
            expect(found).to.match(words).and.not.contain("invalid");
            expect(todo).to.match(advice);
        });
    }

    it("sends no key to Google from an emulator", async () => {
        process.env.AWS_ENDPOINT_URL = upstreams.url;
        delete process.env.GOOGLE_GEMINI_BASE_URL;
        expect((await look(pictureModelCheck, {})).status).to.equal("unknown");
    });
});
