/** Makes stories obviously worse: a judge must distinguish them from the originals. */
import { NARRATOR } from "../contract/story.ts";
import type { Story } from "./judge.ts";

const each = (story: Story, change: (text: string, speaker: string) => { text: string; speaker: string }): Story => ({
    ...story,
    parts: story.parts.map((part) => ({
        ...part,
        sections: part.sections.map((section) => ({
            ...section,
            segments: section.segments.map((segment) => {
                const { text, speaker } = change(segment.segment_content, segment.speaker);
                return { ...segment, segment_content: text, speaker };
            }),
        })),
    })),
});

/** By the criterion that each one violates. */
export const spoilers: Record<string, (story: Story) => Story> = {
    /** Breaks off in the middle of a sentence, where the end should begin. */
    ending: (story) => ({
        ...story,
        parts: story.parts.map((part) =>
            part.story_part === "end"
                ? {
                      ...part,
                      sections: part.sections.slice(0, 1).map((section) => ({
                          ...section,
                          segments: section.segments.slice(0, 1).map((segment) => ({
                              ...segment,
                              segment_content: segment.segment_content.split(" ").slice(0, 6).join(" "),
                          })),
                      })),
                  }
                : part,
        ),
    }),
    /** Gives everybody the same words. */
    voices: (story) => each(story, (text) => ({ text: `Well, you know, ${text}`, speaker: NARRATOR })),
    /** Makes the story frightening. */
    safety: (story) =>
        each(story, (text, speaker) => ({ text: `${text} There was blood on the knife, and he laughed.`, speaker })),
    /** Repeats its beginning again and again. */
    coherence: (story) => {
        const [first] = story.parts[0]?.sections[0]?.segments ?? [];
        return each(story, (text, speaker) => ({ text: first?.segment_content ?? text, speaker }));
    },
    /** Replaces its topic. */
    wish: (story) =>
        each(story, (_, speaker) => ({
            text: "The quarterly figures of the department were discussed at length.",
            speaker,
        })),
};
