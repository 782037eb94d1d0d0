/** The parts of a story, and the rules that it must keep. Deployed clients depend on the field names. */
import * as z from "zod";
import { printable, printableLines } from "./printable.ts";

/** The speaker of all text that no character says. */
export const NARRATOR = "Narrator";

/** The parts of a story, in their order. */
export const storyPartNames = ["beginning", "middle", "end"] as const;
export const storyPartName = z.enum(storyPartNames);

const name = z.string().overwrite(printable).min(1).max(100);
const text = z.string().overwrite(printableLines).min(1).max(5_000);

export const segment = z.object({
    segment_num: z.int().min(1),
    segment_content: text,
    speaker: name,
});

export const section = z.object({ section_num: z.int().min(1), segments: z.array(segment).min(1).max(50) });

/** A part may be empty: a story of one or two panels has fewer sections than parts. */
export const storyPart = z.object({ story_part: storyPartName, sections: z.array(section).max(40) });

/** A whole story. */
export const storyParts = z.array(storyPart).length(3);

export const outlinePart = z.object({
    story_part: storyPartName,
    story_part_summary: text,
    story_part_speakers: z.array(name).max(4),
});

/** The outline of a story. */
export const outlineParts = z.array(outlinePart).length(3);

export type Segment = z.output<typeof segment>;
export type Section = z.output<typeof section>;
export type StoryPart = z.output<typeof storyPart>;
export type OutlinePart = z.output<typeof outlinePart>;

/** The properties of a story in a request. */
export interface StoryShape {
    story_type: "visual" | "audio";
    number_of_speakers: number;
    /** Pictures, and so sections, of a visual story. */
    panels?: number;
}

/** Sections that each part of an audio story has. */
const AUDIO_SECTIONS = { min: 2, max: 4 };

/** The rules that a story breaks, each as a text that tells a model (or a person) what to correct; empty if it keeps all. */
export function storyProblems(
    story: { story_parts: StoryPart[]; speaker_names: string[] },
    shape: StoryShape,
): string[] {
    const sections = story.story_parts.flatMap((part) => part.sections);
    const segments = sections.flatMap((one) => one.segments);
    return [
        ...partOrderProblems(story.story_parts),
        ...sectionCountProblems(story.story_parts, shape),
        ...numberingProblems(
            "section_num",
            sections.map((one) => one.section_num),
        ),
        ...numberingProblems(
            "segment_num",
            segments.map((one) => one.segment_num),
        ),
        ...speakerProblems(
            story.speaker_names,
            segments.map((one) => one.speaker),
            shape,
        ),
    ];
}

/** The rules that an outline breaks. */
export function outlineProblems(
    outline: { story_parts: OutlinePart[]; speaker_names: string[] },
    shape: StoryShape,
): string[] {
    const speakers = outline.story_parts.flatMap((part) => part.story_part_speakers);
    return [...partOrderProblems(outline.story_parts), ...speakerProblems(outline.speaker_names, speakers, shape)];
}

function partOrderProblems(parts: { story_part: string }[]): string[] {
    const order = parts.map((part) => part.story_part).join(", ");
    return order === storyPartNames.join(", ")
        ? []
        : [`story_parts are ${order || "none"}; they must be exactly ${storyPartNames.join(", ")}, in this order`];
}

function sectionCountProblems(parts: StoryPart[], shape: StoryShape): string[] {
    if (shape.story_type === "visual") {
        const count = parts.reduce((sum, part) => sum + part.sections.length, 0);
        return count === shape.panels
            ? []
            : [
                  `the story has ${count} sections; it must have exactly ${shape.panels} over the whole story, one per panel`,
              ];
    }
    return parts
        .filter(({ sections }) => sections.length < AUDIO_SECTIONS.min || sections.length > AUDIO_SECTIONS.max)
        .map(({ story_part, sections }) => `the ${story_part} has ${sections.length} sections; it must have 2 to 4`);
}

function numberingProblems(name: string, numbers: number[]): string[] {
    return numbers.every((number, index) => number === index + 1)
        ? []
        : [
              `${name} runs ${numbers.join(", ")}; it must run from 1 to ${numbers.length} without gaps across the whole story`,
          ];
}

function speakerProblems(names: string[], speaking: string[], shape: StoryShape): string[] {
    const problems: string[] = [];
    const unknown = [...new Set(speaking.filter((speaker) => !names.includes(speaker)))];
    if (unknown.length > 0) {
        problems.push(`${unknown.join(", ")} speaks but is not in speaker_names (${names.join(", ")})`);
    }
    if (new Set(names).size > shape.number_of_speakers) {
        problems.push(`speaker_names has ${names.length} names; at most ${shape.number_of_speakers} are allowed`);
    }
    const narrators = names.filter((name) => /\b(narrator|storyteller)\b/i.test(name) && name !== NARRATOR);
    if (narrators.length > 0) {
        problems.push(`the narrator is called ${narrators.join(", ")}; its name must be ${NARRATOR}`);
    }
    return problems;
}

const typographic: Record<string, string> = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201a": "'",
    "\u201b": "'",
    "\u2032": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u201f": '"',
    "\u2033": '"',
    "\u00ab": '"',
    "\u00bb": '"',
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2015": "-",
    "\u2026": "...",
};

/** Typographic quotes, dashes and ellipses as their ASCII forms, which is what clients expect in `segment_content`. */
export function toAscii(content: string): string {
    return content.replaceAll(
        /[\u2018-\u201f\u2032\u2033\u00ab\u00bb\u2010-\u2015\u2026]/g,
        (sign) => typographic[sign] ?? sign,
    );
}
