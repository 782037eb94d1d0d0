import { expect } from "chai";
import { storyWish } from "../../../contract/agentRoutes.ts";
import { printable, printableLines } from "../../../contract/printable.ts";
import { ownKey } from "../../../docker/shared/userKeys.ts";
import { applied } from "../../../docker/story-generator/agents/editor.ts";
import { fitted } from "../../../docker/story-generator/agents/planning.ts";
import { dealt } from "../../../docker/story-generator/agents/voice.ts";
import { SHAPES } from "../../../docker/story-generator/pipeline/shapes.ts";
import { knownSpeaker, speakersOf, toMarkdown } from "../../../docker/story-generator/story.ts";
import { readResults } from "../../../docker/story-generator/tools/duckduckgo.ts";
import { SearchUnavailable } from "../../../docker/story-generator/tools/webSearch.ts";

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

    it("has no control characters or line breaks in a line", () => {
        expect(printable(" one\u0000\n two\u2028three ")).to.equal("one two three");
        expect(printableLines(" one\u0000\r\n\ttwo\u2028\u001b[31mthree ")).to.equal("one\n\ttwo\n[31mthree");
    });
});

describe("what models return", () => {
    const request = storyWish.parse({ topic: "A fox", length: "short" });

    it("becomes a plan with the chapters that were asked for and voices for all", () => {
        const many = Array.from({ length: 9 }, (_, at) => ({ title: `C${at}`, summary: "s" }));
        const plan = fitted(
            { title: "T", characters: ["Ann", "ann", "narrator", "Bo", "Cy", "Di"], chapters: many },
            request,
        );
        expect(plan.chapters).to.have.length(3);
        expect(plan.characters).to.deep.equal(["Ann", "Bo", "Cy"]);
        expect(fitted({ title: " ", characters: [], chapters: [] }, request)).to.deep.include({ title: "A fox" });
        expect(fitted({ title: " ", characters: [], chapters: [] }, request).chapters).to.have.length(3);
    });

    it("changes only lines that exist", () => {
        const [chapter] = STORY.chapters;
        const edits = [
            { line: 1, text: "Night fell." },
            { line: 0, text: "no" },
            { line: 99, text: "no" },
            { line: 2, text: " \n " },
        ];
        expect(chapter && applied(chapter, edits).lines.map((line) => line.text)).to.deep.equal([
            "Night fell.",
            '"Who is there?"',
        ]);
    });

    it("gives every speaker a voice, with the default for the narrator", () => {
        const voices = [
            { id: "a", name: "A" },
            { id: "b", name: "B" },
        ];
        expect(dealt(["Narrator", "X", "Y"], voices, "a")).to.deep.equal({ Narrator: "a", X: "b", Y: "b" });
        expect(dealt(["Narrator", "X"], [], "a")).to.deep.equal({ Narrator: "a", X: "a" });
    });

    it("names a picture only inside the caller's own folder", () => {
        expect(ownKey("s3://b/users/u/jobs/j/segment_1.png", "b", "u")).to.equal("users/u/jobs/j/segment_1.png");
        for (const uri of [
            "s3://other/users/u/jobs/j/1.png",
            "s3://b/users/v/jobs/j/1.png",
            "s3://b/users/u/../v/1.png",
            "s3://b/users/u//1.png",
            "https://b/users/u/1.png",
            "s3://b/users/uu/1.png",
        ]) {
            expect(ownKey(uri, "b", "u"), uri).to.equal(undefined);
        }
    });
});

describe("a request for a story", () => {
    it("needs a topic and takes defaults for the rest", () => {
        expect(storyWish.parse({ topic: " A fox ", tone_style: null })).to.deep.equal({
            topic: "A fox",
            story_type: "fiction",
            length: "medium",
            tone_style: "engaging and descriptive",
            target_audience: "general adult audience",
            creative_notes: "",
        });
        expect(storyWish.safeParse({}).success).to.equal(false);
    });
});

describe("a request of an earlier client", () => {
    const lengthOf = (length: unknown) => storyWish.parse({ topic: "x", length }).length;

    it("may name the length of a tiny story, and of one that there is not, which is medium", () => {
        expect(["tiny", "short", "long"].map(lengthOf)).to.deep.equal(["tiny", "short", "long"]);
        expect(["endless", "", 7, null, undefined].map(lengthOf)).to.deep.equal(Array(5).fill("medium"));
        expect(SHAPES.tiny.chapters * SHAPES.tiny.words).to.equal(300);
    });

    it("may say as much of the topic as it likes", () => {
        const { topic, tone_style } = storyWish.parse({ topic: "x".repeat(20_000), tone_style: "y".repeat(5_000) });
        expect([topic.length, tone_style.length]).to.deep.equal([20_000, 5_000]);
    });
});

describe("a page of search results", () => {
    const result = (href: string, title: string) =>
        `<div class="result"><a class="result__a" href="${href}">${title}</a><a class="result__snippet">A <b>snippet</b></a></div>`;

    it("gives titles, addresses behind the redirect, and plain snippets", () => {
        const page = result("//duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org%2Ffox&rut=1", "Fox &amp; lantern");
        expect(readResults(page)).to.deep.equal([
            { title: "Fox & lantern", url: "https://example.org/fox", snippet: "A snippet" },
        ]);
    });

    it("has no result with an address that is not on the web", () => {
        const page = result("javascript:alert(1)", "no") + result("https://example.org/", "yes");
        expect(readResults(page).map((one) => one.title)).to.deep.equal(["yes"]);
    });

    it("may be empty, but a page of something else is no page of results", () => {
        expect(readResults('<div class="no-results">none</div>')).to.deep.equal([]);
        expect(() => readResults("<p>Are you a robot?</p>")).to.throw(SearchUnavailable);
    });
});
