import { expect } from "chai";
import { gatewayAddress, localVariables } from "../../../../local/runtime/upstreamSettings.ts";

describe("What differs from the deployment on this machine", () => {
    const around = {
        endpoint: "http://127.0.0.1:1",
        region: "us-east-1",
        live: [],
        upstreams: {
            bedrockUrl: "http://b",
            geminiUrl: "http://g",
            duckduckgoUrl: "http://d",
            braveUrl: "http://s",
            ttsUrl: "http://t",
            tracesUrl: "http://o",
        },
    };

    it("is the address of each upstream", () => {
        const deployed = { TECH42_TTS_API_URL: "https://tts.example.com", COGNITO_USER_POOL_ID: "pool" };
        expect(localVariables(deployed, around)).to.include({
            AWS_ENDPOINT_URL: "http://127.0.0.1:1",
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://b",
            GOOGLE_GEMINI_BASE_URL: "http://g",
            DUCKDUCKGO_URL: "http://d",
            BRAVE_SEARCH_URL: "http://s",
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://o",
            TECH42_TTS_API_URL: "http://t",
            COGNITO_JWKS_URL: "http://127.0.0.1:1/pool/.well-known/jwks.json",
        });
    });

    it("is nothing that the deployment forgot to set", () => {
        const added = localVariables({}, around);
        expect(added).to.not.have.any.keys("TECH42_TTS_API_URL", "COGNITO_JWKS_URL", "STORY_API_URL");
    });

    it("is that the real Bedrock is asked for models, since it has none of the stack's inference profiles", () => {
        const deployed = { BEDROCK_INFERENCE_PROFILES: '{"model":"arn:aws:bedrock:x"}' };
        expect(localVariables(deployed, around)).to.not.have.any.keys("BEDROCK_INFERENCE_PROFILES");
        expect(localVariables(deployed, { ...around, live: ["bedrock"] })).to.include({
            BEDROCK_INFERENCE_PROFILES: "{}",
        });
    });

    it("is the gateway's address on the emulator", () => {
        const address = "https://abc123.execute-api.eu-west-1.amazonaws.com/local";
        expect(gatewayAddress(address, "http://127.0.0.1:1")).to.equal(
            "http://127.0.0.1:1/restapis/abc123/local/_user_request_",
        );
        expect(gatewayAddress("http://elsewhere/x", "http://127.0.0.1:1")).to.equal("http://elsewhere/x");
    });
});
