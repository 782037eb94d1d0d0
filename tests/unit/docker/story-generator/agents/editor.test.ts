import { expect } from "chai";
import { applyEdits } from "../../../../../docker/story-generator/agents/editor.ts";

const STORY = {
    title: "The Lantern",
    characters: ["Mina"],
    chapters: [
        {
            chapter_number: 1,
            title: "Dusk",
            lines: [
                { speaker: "Narrator", text: "It got dark." },
                { speaker: "Mina", text: '"Who is there?"' },
            ],
        },
    ],
};

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
