import { expect } from "chai";
import { fingerprintOf, liveKeys } from "../../../../local/runtime/liveKeys.ts";

describe("The keys of real upstreams", () => {
    it("name every variable that real upstreams lack", () => {
        expect(() => liveKeys(["google", "tts"], { TECH42_TTS_API_KEY: "k" })).to.throw(
            /GEMINI_API_KEY[\s\S]*TECH42_TTS_API_URL/,
        );
        expect(liveKeys(["google"], { GEMINI_API_KEY: "k", TECH42_TTS_API_KEY: "other" })).to.deep.equal({
            googleApiKey: "k",
            tech42TtsApiKey: undefined,
            tech42TtsApiUrl: undefined,
        });
        expect(() => liveKeys(["bedrock"], {})).to.not.throw();
    });

    it("make another runtime of another key, which the runtime's file does not tell", () => {
        const of = (key: string) => fingerprintOf(liveKeys(["google"], { GEMINI_API_KEY: key }));
        expect(of("one")).to.equal(of("one")).and.to.not.equal(of("two"));
        expect(of("one")).to.match(/^[0-9a-f]{64}$/);
    });
});
