import { expect } from "chai";
import { readSettings } from "../../../../docker/story-generator/settings.ts";

const NEEDED = {
    AWS_REGION: "us-east-1",
    COGNITO_USER_POOL_ID: "us-east-1_abc",
    COGNITO_CLIENT_ID: "client",
    S3_STORAGE_BUCKET: "bucket",
    DYNAMODB_SESSIONS_TABLE: "table",
};

describe("the service's settings", () => {
    it("have the defaults of the deployment", () => {
        expect(readSettings(NEEDED)).to.deep.include({
            port: 8000,
            prefix: "AIWorkflow",
            authEnabled: true,
            maxTokens: 4096,
            modelIds: ["us.amazon.nova-pro-v1:0"],
            drainMs: 110_000,
        });
    });

    it("take a model as clients name it, and empty variables as unset", () => {
        const settings = readSettings({ ...NEEDED, BEDROCK_MODEL_ID: "bedrock/x:1", TECH42_TTS_API_KEY: "", PORT: "" });
        expect(settings.modelIds).to.deep.equal(["x:1"]);
        expect(settings.tts.key).to.equal(undefined);
        expect(settings.port).to.equal(8000);
    });

    it("take every setting of a stack: the longest answer, and models that stand in for the configured one", () => {
        const { modelIds, maxTokens } = readSettings({
            ...NEEDED,
            BEDROCK_ALLOWED_MODEL_IDS: "y:1,z:2",
            BEDROCK_MAX_TOKENS: "65536",
        });
        expect(modelIds).to.deep.equal(["us.amazon.nova-pro-v1:0", "y:1", "z:2"]);
        expect(maxTokens).to.equal(65_536);
    });

    it("take the speech API's key as a person writes it in the console of Secrets Manager", () => {
        const { tts } = readSettings({ ...NEEDED, TECH42_TTS_API_KEY: '{"TECH42_TTS_API_KEY":"the-key"}' });
        expect(tts.key).to.equal("the-key");
    });

    it("name everything that is wrong at once, and no value", () => {
        const wrong = {
            ...NEEDED,
            AWS_REGION: "",
            PORT: "eighty",
            STORY_API_URL: "ftp://secret",
            S3_BASE_PREFIX: "../x",
        };
        expect(() => readSettings(wrong))
            .to.throw()
            .with.property("message")
            .that.matches(/AWS_REGION: is not set/)
            .and.matches(/PORT:/)
            .and.matches(/STORY_API_URL:/)
            .and.matches(/S3_BASE_PREFIX:/)
            .and.not.matches(/secret|eighty/);
    });
});
