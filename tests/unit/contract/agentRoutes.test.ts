import { expect } from "chai";
import { newStoryBody } from "../../../contract/agentRoutes.ts";
import { SHAPES } from "../../../docker/story-generator/pipeline/shapes.ts";

describe("a request for a story", () => {
    it("needs a topic and takes defaults for the rest", () => {
        expect(newStoryBody.parse({ topic: " A fox ", tone_style: null })).to.deep.equal({
            topic: "A fox",
            story_type: "fiction",
            length: "medium",
            tone_style: "engaging and descriptive",
            target_audience: "general adult audience",
            creative_notes: "",
        });
        expect(newStoryBody.safeParse({}).success).to.equal(false);
    });
});

describe("a request of an earlier client", () => {
    const lengthOf = (length: unknown) => newStoryBody.parse({ topic: "x", length }).length;

    it("may name the length of a tiny story, and of one that there is not, which is medium", () => {
        expect(["tiny", "short", "long"].map(lengthOf)).to.deep.equal(["tiny", "short", "long"]);
        expect(["endless", "", 7, null, undefined].map(lengthOf)).to.deep.equal(Array(5).fill("medium"));
        expect(SHAPES.tiny.chapters * SHAPES.tiny.words).to.equal(300);
    });

    it("may say as much of the topic as it likes", () => {
        const { topic, tone_style } = newStoryBody.parse({ topic: "x".repeat(20_000), tone_style: "y".repeat(5_000) });
        expect([topic.length, tone_style.length]).to.deep.equal([20_000, 5_000]);
    });
});
