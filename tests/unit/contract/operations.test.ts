import { expect } from "chai";
import { bodyProblems, storyRequest } from "../../../contract/operations.ts";
import { storyPartNames } from "../../../contract/story.ts";

describe("a request's problems", () => {
    it("name every field at once", () => {
        const { error } = storyRequest.safeParse({ story_type: "visual", number_of_speakers: 9, job_id: "../x" });
        const problems = error ? bodyProblems(error).join("\n") : "";
        for (const field of [
            "genre is missing",
            "tone is missing",
            "number_of_speakers",
            "job_id",
            "story_outline_description",
        ]) {
            expect(problems).to.contain(field);
        }
    });

    it("want panels of a visual and audio_length of an audio story", () => {
        const body = {
            genre: "g",
            reading_level: "r",
            tone: "t",
            number_of_speakers: 1,
            job_id: "j",
            story_outline_description: storyPartNames.map((story_part) => ({
                story_part,
                story_part_summary: "s",
                story_part_speakers: [],
            })),
        };
        const problems = (story_type: string) =>
            bodyProblems(storyRequest.safeParse({ ...body, story_type }).error ?? fail());
        expect(problems("visual")).to.deep.equal(["panels is required when story_type is visual"]);
        expect(problems("audio")).to.deep.equal(["audio_length is required when story_type is audio"]);
    });
});

function fail(): never {
    throw new Error("the request should not be valid");
}
