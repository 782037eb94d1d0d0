import { expect } from "chai";
import { knownSpeaker, speakersOf, toMarkdown } from "../../../../docker/story-generator/story.ts";
import { STORY } from "../../../kit/agent/story.ts";

describe("a story", () => {
    it("reads as Markdown with its speakers", () => {
        expect(toMarkdown(STORY)).to.equal(
            '# The Lantern\n\n## Chapter 1: Dusk\n\nIt got dark.\n\n**Mina:** "Who is there?"\n',
        );
        expect(speakersOf(STORY)).to.deep.equal(["Narrator", "Mina"]);
    });

    it("gives words of unknown speakers to the narrator", () => {
        expect(knownSpeaker(" mina ", STORY.characters)).to.equal("Mina");
        expect(knownSpeaker("A stranger", STORY.characters)).to.equal("Narrator");
    });
});
