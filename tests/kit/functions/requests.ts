/** A valid request for each operation of the REST API. */
import { BUCKET } from "./world.ts";

const common = {
    genre: "fantasy",
    reading_level: "grade 4",
    tone: "warm",
    story_type: "visual",
    number_of_speakers: 3,
    panels: 6,
    job_id: "job-1",
};
const outlineParts = ["beginning", "middle", "end"].map((story_part) => ({
    story_part,
    story_part_summary: `What happens in the ${story_part}`,
    story_part_speakers: ["Narrator"],
}));
export const segment = (segment_num: number) => ({
    segment_num,
    segment_content: "Once upon a time",
    speaker: "Narrator",
});
export const panels = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
        story_segment_content: `Panel ${at + 1}`,
        story_segment_number: at + 1,
        story_segment_speaker: "Narrator",
    }));

/** By the operation's path. */
export const requests: Record<string, Record<string, unknown>> = {
    "/generate-story-outline": { ...common, user_input_description: "A fox who is afraid of the dark" },
    "/generate-story": { ...common, story_outline_description: outlineParts },
    "/regenerate-segment": {
        ...common,
        user_request: "Make it funnier",
        original_story_segments: [segment(1), segment(2)],
        original_story_segment_num: 2,
        original_story_segment: segment(2),
    },
    "/generate-topics-ideas": { genre: "fiction", topics: "lighthouses, letters" },
    "/generate-story-image": {
        story_segments: panels(3),
        art_style: "watercolor",
        number_of_panels: 3,
        job_id: "job-1",
    },
    "/regenerate-segment-image": {
        user_request: "Add a boat",
        original_segment_image_s3_uri: `s3://${BUCKET}/users/ann/jobs/job-1/segment_1.png`,
        job_id: "job-1",
    },
};
