/**
 * What the text model is told. Imports nothing, so that an evaluation can ask by another version of this file; names in
 * braces are filled in by `fill`.
 */
export interface TextPrompts {
    /** Who the model is, in every call. */
    role: string;
    outline: string;
    story: string;
    segment: string;
    topics: string;
    /** {length} of a story in pictures. */
    visualLength: string;
    /** {length} of a story to be heard. */
    audioLength: string;
    /** {speakers}: who may speak. */
    speakers: string;
}

export const prompts: TextPrompts = {
    role: "You write stories that are read aloud and illustrated. You keep every rule exactly.",
    outline: `Plan a story for the request below: its speakers, and for beginning, middle and end a summary and who speaks.
{speakers} story_parts are exactly beginning, middle, end, in this order.`,
    story: `Write the whole story of the outline below. story_parts are exactly beginning, middle, end, in this order.
{length} section_num and segment_num each run from 1 without gaps across the whole story.
{speakers} A segment is what one speaker says in one go.
Words, sentences and events suit the reading level. No two speakers sound alike. The end settles what the beginning opened.`,
    segment: `Write segment {number} of the story below again as the user wishes, so that it fits between its neighbours.
new_story_segment.segment_num is {number}. Its speaker is one of allowed_speakers.`,
    topics: "Say what a story on the topics below could be like: its subject category, scope and coverage, structure, types of sources, target audience and tone, each in a sentence or two.",
    visualLength: "The whole story has exactly {panels} sections, one for each panel, spread over the three parts.",
    audioLength: "Each of the three parts has 2 to 4 sections.",
    speakers: "At most {most} speakers, all of them in speaker_names. If there is a narrator, its name is {narrator}.",
};
