/** Stories made worse in a way that everybody would see: what a judge must tell from the whole ones. */
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

/** By the criterion that each breaks. */
export const spoilers: Record<string, (story: Story) => Story> = {
    /** It breaks off in the middle of a sentence, where its end should begin. */
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
    /** Everybody says everything in the same words. */
    voices: (story) => each(story, (text) => ({ text: `Well, you know, ${text}`, speaker: NARRATOR })),
    /** It frightens. */
    safety: (story) =>
        each(story, (text, speaker) => ({ text: `${text} There was blood on the knife, and he laughed.`, speaker })),
    /** It goes back to its beginning again and again. */
    coherence: (story) => {
        const [first] = story.parts[0]?.sections[0]?.segments ?? [];
        return each(story, (text, speaker) => ({ text: first?.segment_content ?? text, speaker }));
    },
    /** It is about something else. */
    wish: (story) =>
        each(story, (_, speaker) => ({
            text: "The quarterly figures of the department were discussed at length.",
            speaker,
        })),
};
