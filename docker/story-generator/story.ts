/** A story's structure: chapters of lines, each line with its speaker; and its text formats. */
import * as z from "zod";
import { printable } from "../../contract/printable.ts";
import { NARRATOR } from "../../contract/story.ts";

/** The speech API supports four speakers: the narrator and three characters. */
export const MAX_CHARACTERS = 3;

const text = (max: number) => z.string().overwrite(printable).min(1).max(max);

/** Characters of a line's text. */
export const MAX_LINE_CHARACTERS = 4_000;

export const line = z.object({ speaker: text(80), text: text(MAX_LINE_CHARACTERS) });
export const chapter = z.object({
    chapter_number: z.int().positive(),
    title: text(200),
    lines: z.array(line).min(1),
});
export const structuredStory = z.object({
    title: text(200),
    characters: z.array(text(80)),
    chapters: z.array(chapter).min(1),
});

export type Line = z.infer<typeof line>;
export type Chapter = z.infer<typeof chapter>;
export type StructuredStory = z.infer<typeof structuredStory>;

/** All speakers, the narrator first. */
export function speakersOf(story: StructuredStory): string[] {
    return [NARRATOR, ...story.characters];
}

/** The story as Markdown; a character's text follows the character's name. */
export function toMarkdown(story: StructuredStory): string {
    const chapters = story.chapters.map((part) => {
        const lines = part.lines.map((said) =>
            said.speaker === NARRATOR ? said.text : `**${said.speaker}:** "${unquoted(said.text)}"`,
        );
        return [`## Chapter ${part.chapter_number}: ${part.title}`, ...lines].join("\n\n");
    });
    return `${[`# ${story.title}`, ...chapters].join("\n\n")}\n`;
}

/** The text of one chapter without its speakers, for a picture or a summary. */
export function chapterText(part: Chapter): string {
    return part.lines.map((said) => said.text).join(" ");
}

/**
 * Maps a model's name for a speaker to one of `characters`; the narrator speaks for unknown names, so that no voice is
 * missing later.
 */
export function knownSpeaker(speaker: string, characters: readonly string[]): string {
    const wanted = speaker.trim().toLowerCase();
    return characters.find((name) => name.toLowerCase() === wanted) ?? NARRATOR;
}

function unquoted(said: string): string {
    return said.length > 1 && said.startsWith('"') && said.endsWith('"') ? said.slice(1, -1) : said;
}
