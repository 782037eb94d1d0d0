import { expect } from "chai";
import { assignVoices } from "../../../../../docker/story-generator/agents/voice.ts";

describe("what the voice agent returns", () => {
    it("gives every speaker a voice, with the default for the narrator", () => {
        const voices = [
            { id: "a", name: "A" },
            { id: "b", name: "B" },
        ];
        expect(assignVoices(["Narrator", "X", "Y"], voices, "a")).to.deep.equal({ Narrator: "a", X: "b", Y: "b" });
        expect(assignVoices(["Narrator", "X"], [], "a")).to.deep.equal({ Narrator: "a", X: "a" });
    });
});
