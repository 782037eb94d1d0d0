import { expect } from "chai";
import { nanoUsdOf, priceOf, prices, priceTable } from "../../../contract/prices.ts";

const inUs = { region: "us-east-1", own: {} };
const NOVA = "us.amazon.nova-pro-v1:0";

describe("the prices", () => {
    it("have a source and a date each, and are prices", () => {
        for (const [name, { source, date, price }] of Object.entries(priceTable)) {
            expect(source, name).to.not.equal("");
            expect(date, name).to.match(/^\d{4}-\d{2}-\d{2}$/);
            expect(prices.safeParse({ [name]: price }).error, name).to.equal(undefined);
        }
    });

    it("make the cost of a call, in whole billionths of a USD", () => {
        const used = { input_tokens: 1_000, output_tokens: 200, cache_read_tokens: 3 };
        expect(nanoUsdOf(NOVA, used, inUs)).to.equal(1_000 * 800 + 200 * 3_200 + 3 * 200);
        expect(nanoUsdOf("us.amazon.nova-micro-v1:0", { input_tokens: 1, cache_read_tokens: 1 }, inUs)).to.equal(44);
        const drawn = { input_tokens: 200, image_tokens: 1_290, output_tokens: 0, pictures: 1 };
        expect(nanoUsdOf("gemini-nano-banana-2.1", drawn, inUs)).to.equal(200 * 1_500 + 1_290 * 30_000);
        expect(nanoUsdOf("brave", { searches: 1 }, inUs)).to.equal(5_000_000);
        expect(nanoUsdOf("lambda-x64", { compute_ms: 2_000 }, { ...inUs, memoryGb: 0.5 })).to.equal(16_667);
    });

    it("are unknown, and not zero, where nothing is known of a model, a region or a part of what was used", () => {
        expect(nanoUsdOf("us.anthropic.claude-opus-9", { input_tokens: 1 }, inUs)).to.equal(undefined);
        expect(nanoUsdOf("speech", { speech_ms: 1_000 }, inUs)).to.equal(undefined);
        expect(nanoUsdOf("eu.amazon.nova-pro-v1:0", { input_tokens: 1 }, { region: "eu-west-1", own: {} })).to.equal(
            undefined,
        );
        const cached = { input_tokens: 1, cache_write_tokens: 1 };
        expect(nanoUsdOf("openai.gpt-oss-120b-1:0", cached, inUs)).to.equal(undefined);
        expect(nanoUsdOf("lambda-arm64", { compute_ms: 1 }, inUs)).to.equal(undefined);
        expect(priceOf("toString", inUs)).to.equal(undefined);
    });

    it("are the stack's own where it has some, by the model's id with or without the geography", () => {
        const own = { "amazon.nova-pro-v1:0": { unit: "million tokens" as const, input: 2, output: 3 } };
        const abroad = { region: "eu-west-1", own };
        expect(nanoUsdOf("eu.amazon.nova-pro-v1:0", { input_tokens: 10, output_tokens: 1 }, abroad)).to.equal(23_000);
    });
});
