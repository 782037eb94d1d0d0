import { expect } from "chai";
import fc from "fast-check";
import { outlineProblems, type StoryPart, storyPartNames, storyProblems, toAscii } from "../../../contract/story.ts";

/** A story that keeps every rule: sections of each part, segments of each section. */
function storyOf(sectionsOfPart: number[], segments: number): { story_parts: StoryPart[]; speaker_names: string[] } {
    let section_num = 0;
    let segment_num = 0;
    const story_parts = storyPartNames.map((story_part, at) => ({
        story_part,
        sections: Array.from({ length: sectionsOfPart[at] ?? 0 }, () => {
            section_num += 1;
            return {
                section_num,
                segments: Array.from({ length: segments }, () => {
                    segment_num += 1;
                    return { segment_num, segment_content: "Words", speaker: segment_num % 2 ? "Narrator" : "Ann" };
                }),
            };
        }),
    }));
    return { story_parts, speaker_names: ["Narrator", "Ann"] };
}

const audio = { story_type: "audio", number_of_speakers: 2 } as const;
const sections = fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 3, maxLength: 3 });
const segmentsEach = fc.integer({ min: 1, max: 4 });

describe("the rules of a story", () => {
    it("hold for every story that keeps them", () => {
        fc.assert(
            fc.property(sections, segmentsEach, (each, segments) => {
                const story = storyOf(each, segments);
                expect(storyProblems(story, audio)).to.deep.equal([]);
                const panels = each.reduce((sum, count) => sum + count, 0);
                expect(storyProblems(story, { story_type: "visual", number_of_speakers: 2, panels })).to.deep.equal([]);
            }),
        );
    });

    it("find a gap wherever it is, in sections and in segments", () => {
        fc.assert(
            fc.property(sections, segmentsEach, fc.nat(), (each, count, pick) => {
                const story = storyOf(each, count);
                const all = story.story_parts.flatMap((part) => part.sections);
                const section = all[pick % all.length];
                const segment = section?.segments[0];
                if (section && segment) {
                    section.section_num += 1;
                    segment.segment_num += 1;
                }
                const problems = storyProblems(story, audio).join("\n");
                expect(problems)
                    .to.match(/section_num runs/)
                    .and.to.match(/segment_num runs/);
            }),
        );
    });

    it("count the panels of a visual story", () => {
        const shape = { story_type: "visual", number_of_speakers: 2, panels: 7 } as const;
        expect(storyProblems(storyOf([2, 2, 2], 1), shape)[0]).to.match(/has 6 sections; it must have exactly 7/);
    });

    it("want two to four sections in each part of an audio story", () => {
        expect(storyProblems(storyOf([1, 5, 2], 1), audio)).to.have.length(2);
    });

    it("know the speakers", () => {
        const story = { ...storyOf([2, 2, 2], 2), speaker_names: ["Narrator"] };
        expect(storyProblems(story, audio)[0]).to.match(/Ann speaks but is not in speaker_names/);
        const many = { ...storyOf([2, 2, 2], 2), speaker_names: ["Narrator", "Ann", "Bob"] };
        expect(storyProblems(many, audio)[0]).to.match(/at most 2 are allowed/);
        const named = { ...storyOf([2, 2, 2], 2), speaker_names: ["narrator", "Ann"] };
        expect(storyProblems(named, audio).join()).to.match(/its name must be Narrator/);
    });

    it("want the three parts in their order", () => {
        const story_parts = storyPartNames
            .toReversed()
            .map((story_part) => ({ story_part, story_part_summary: "x", story_part_speakers: [] }));
        expect(outlineProblems({ story_parts, speaker_names: ["Narrator"] }, audio)[0]).to.match(
            /exactly beginning, middle, end/,
        );
    });

    it("bring typographic signs back to ASCII and leave all else alone", () => {
        expect(toAscii("\u201cWell\u2026\u201d \u2018so\u2019 \u2014 \u2013 caf\u00e9")).to.equal(
            "\"Well...\" 'so' - - caf\u00e9",
        );
        fc.assert(fc.property(fc.string(), (text) => toAscii(text) === text));
    });
});
