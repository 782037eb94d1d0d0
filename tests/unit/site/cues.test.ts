import { expect } from "chai";
import { cuesOf, lineAt } from "../../../site/src/player/cues.ts";

const said = (speaker: string, text: string, at: number, seconds: number) => ({ speaker, text, at, seconds });
const line = (speaker: string, text: string) => ({ speaker, text });

describe("Which line of a story is heard when", () => {
    it("is known of each line, where parts hold one, several or a piece of one", () => {
        const lines = [
            line("Narrator", "Once."),
            line("Narrator", "Upon a time."),
            line("Mira", "Who?"),
            line("Narrator", `${"A long sentence. ".repeat(4)}`),
        ];
        const cues = cuesOf(lines, [
            said("Narrator", "Once. Upon a time.", 0, 9),
            said("Mira", "Who?", 10, 1),
            said("Narrator", "A long sentence. A long sentence.", 12, 4),
            said("Narrator", "A long sentence. A long sentence.", 17, 4),
        ]);
        expect(cues).to.deep.equal([
            // Five of eighteen characters, which take nine seconds.
            { line: 1, at: 0, until: 2.5 },
            { line: 2, at: 3, until: 9 },
            { line: 3, at: 10, until: 11 },
            { line: 4, at: 12, until: 21 },
        ]);
    });

    it("is not told of a line that was changed after it was recorded, and of the others all the same", () => {
        const lines = [line("Narrator", "Once."), line("Mira", "Something new."), line("Narrator", "The end.")];
        const cues = cuesOf(lines, [
            said("Narrator", "Once.", 0, 1),
            said("Mira", "Who?", 2, 1),
            said("Narrator", "The end.", 4, 1),
        ]);
        expect(cues.map((cue) => cue.line)).to.deep.equal([1, 3]);
    });

    it("tells lines with the same words apart by their order", () => {
        const lines = [line("Mira", "Ho!"), line("Tam", "Ho!"), line("Mira", "Ho!")];
        const cues = cuesOf(lines, [said("Mira", "Ho!", 0, 1), said("Tam", "Ho!", 2, 1), said("Mira", "Ho!", 4, 1)]);
        expect(cues.map(({ at }) => at)).to.deep.equal([0, 2, 4]);
    });

    it("is the last one that has begun", () => {
        const cues = [
            { line: 1, at: 0.5, until: 2 },
            { line: 2, at: 3, until: 4 },
        ];
        expect([0, 0.5, 2.9, 3, 99].map((seconds) => lineAt(cues, seconds))).to.deep.equal([undefined, 1, 1, 2, 2]);
    });
});
