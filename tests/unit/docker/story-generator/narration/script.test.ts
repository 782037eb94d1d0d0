import { expect } from "chai";
import fc from "fast-check";
import { cut, PLAIN_PAUSES, secondsOf } from "../../../../../docker/story-generator/narration/script.ts";

const line = fc.record({
    speaker: fc.constantFrom("Narrator", "Mina", "Rashid"),
    text: fc.array(fc.constantFrom("The fox waits.", "Why?", "word", "x".repeat(900)), {
        minLength: 1,
        maxLength: 200,
    }),
});
const story = fc
    .array(fc.array(line, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 })
    .map((chapters) => ({
        title: "T",
        characters: ["Mina", "Rashid"],
        chapters: chapters.map((lines, at) => ({
            chapter_number: at + 1,
            title: "C",
            lines: lines.map(({ speaker, text }) => ({ speaker, text: text.join(" ") })),
        })),
    }));

describe("narration script", () => {
    const words = (texts: string[]) => texts.join(" ").replace(/\s+/g, "");

    it("speaks every word once, in order, each by its speaker", () => {
        fc.assert(
            fc.property(story, (told) => {
                const pieces = cut(told);
                const lines = told.chapters.flatMap((chapter) => chapter.lines);
                expect(words(pieces.map((piece) => piece.text))).to.equal(words(lines.map((said) => said.text)));
                for (const name of ["Narrator", "Mina", "Rashid"]) {
                    const own = (all: { speaker: string; text: string }[]) =>
                        words(all.filter((one) => one.speaker === name).map((one) => one.text));
                    expect(own(pieces)).to.equal(own(lines));
                }
            }),
        );
    });

    it("keeps pieces short and marks the end of each chapter", () => {
        fc.assert(
            fc.property(story, (told) => {
                const pieces = cut(told);
                expect(pieces.every((piece) => piece.text.length > 0 && piece.text.length <= 600)).to.equal(true);
                expect(pieces.filter((piece) => piece.endsChapter)).to.have.length(told.chapters.length);
                expect(pieces.at(-1)?.endsChapter).to.equal(true);
                expect(secondsOf(pieces, PLAIN_PAUSES)).to.be.greaterThan(0);
            }),
        );
    });
});
