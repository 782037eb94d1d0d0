import { expect } from "chai";
import { Teller } from "../../../../../standins/upstreams/model/teller.ts";

const people = ["Narrator", "Mira", "Oskar"];
const HEDGEHOG = "A hedgehog who opens a night-time bakery for owls";

describe("the stand-in for a language model", () => {
    for (const [topic, title] of [
        [HEDGEHOG, "A Hedgehog Who Opens a Night-time Bakery for Owls"],
        ["lighthouses, letters", "Lighthouses and Letters"],
        ["A story about a kite. It must rhyme!", "A Kite"],
        [
            "The last keeper of a very tall lighthouse on a long and windy island in the northern sea",
            "The Last Keeper of a Very Tall Lighthouse on a Long and Windy Island",
        ],
        ["x".repeat(204), "A Story"],
    ] as const) {
        it(`gives ${topic.slice(0, 60)} a whole title`, () => {
            expect(new Teller(topic, people).title()).to.equal(title);
        });
    }

    it("tells of the topic, and of the people by their names", () => {
        const teller = new Teller(HEDGEHOG, people);
        const [told, said] = [teller.tell(0, 5), teller.say(0, 5)];
        expect(told).to.match(/^This is a story of a hedgehog who opens a night-time bakery for owls\./);
        expect(told.match(/Mira|Oskar/g)).to.have.length.above(2);
        expect(told.match(/the hedgehog/g)).to.have.length.above(0);
        expect(said.match(/the hedgehog/g)).to.have.length.above(2);
    });

    it("says to each turn what belongs to it, however the turns are dealt out", () => {
        const [whole, parts] = [new Teller(HEDGEHOG, people), new Teller(HEDGEHOG, people)];
        const turns = Array.from({ length: 8 }, () => `${parts.tell(1)} ${parts.say(1)}`);
        expect(turns[2]).to.contain("owl").and.contain("true sentence").and.contain("Here is mine");
        expect(whole.tell(1, 8).split(" ")).to.have.length.above(100);
        expect(whole.say(1, 8)).to.contain("Here is mine");
    });

    it("repeats nothing within a story", () => {
        const teller = new Teller(HEDGEHOG, people);
        const turns = [0, 1, 2].flatMap((part) => Array.from({ length: 8 }, () => teller.tell(part)));
        expect(new Set(turns).size).to.equal(turns.length);
    });

    it("works a wish into a sentence", () => {
        const teller = new Teller(HEDGEHOG, people);
        for (const line of [teller.anew("make it funnier", 3, true), teller.anew("make it funnier", 3, false)]) {
            expect(line).to.contain("make it funnier");
            expect(line).not.to.match(/[()]/);
            expect(line).to.match(/[.!?\u201d]$/);
        }
    });
});
