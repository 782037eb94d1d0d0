import { expect } from "chai";
import { whoMakes } from "../../../../local/commands/run.ts";

describe("what is said of the stand-ins", () => {
    const modelServer = { url: "http://127.0.0.1:11434/v1", model: "qwen3" };

    it("names who writes, draws and speaks, and how to have the real ones", () => {
        expect(whoMakes({ live: [] })).to.match(
            /^Stand-ins write, draw and speak here: .*[\s\S]*--live.*--model-server/,
        );
        expect(whoMakes({ live: ["google"], modelServer })).to.match(
            /^Qwen3 writes; Google draws; stand-ins speak here: /,
        );
        expect(whoMakes({ live: ["bedrock", "google", "tts"] })).to.equal(
            "Bedrock writes, Google draws and the text-to-speech API speaks.",
        );
    });
});
