import { expect } from "chai";
import { applyEdits } from "../../../../../docker/story-generator/agents/editor.ts";
import { STORY } from "../../../../kit/agent/story.ts";

describe("what the editor returns", () => {
    it("changes only lines that exist", () => {
        const [chapter] = STORY.chapters;
        const edits = [
            { line: 1, text: "Night fell." },
            { line: 0, text: "no" },
            { line: 99, text: "no" },
            { line: 2, text: " \n " },
        ];
        expect(chapter && applyEdits(chapter, edits).lines.map((line) => line.text)).to.deep.equal([
            "Night fell.",
            '"Who is there?"',
        ]);
    });
});
