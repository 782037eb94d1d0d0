/** What a finished story is: chapters of lines, each line with its speaker, and the ways to show it. */
import * as z from "zod";
import { printable } from "../../contract/printable.ts";
import { NARRATOR } from "../../contract/story.ts";

/** The speech API tells four speakers apart: the narrator and three characters. */
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

/** Everybody who speaks, the narrator first. */
export function speakersOf(story: StructuredStory): string[] {
    return [NARRATOR, ...story.characters];
}

/** The story as Markdown; what a character says stands behind the character's name. */
export function toMarkdown(story: StructuredStory): string {
    const chapters = story.chapters.map((part) => {
        const lines = part.lines.map((said) =>
            said.speaker === NARRATOR ? said.text : `**${said.speaker}:** "${unquoted(said.text)}"`,
        );
        return [`## Chapter ${part.chapter_number}: ${part.title}`, ...lines].join("\n\n");
    });
    return `${[`# ${story.title}`, ...chapters].join("\n\n")}\n`;
}

/** The words of one chapter without its speakers, for a picture or a summary. */
export function chapterText(part: Chapter): string {
    return part.lines.map((said) => said.text).join(" ");
}

/**
 * A model's name for a speaker brought back to one of `characters`; whoever is not among them is told by the narrator,
 * so that no voice is missing later.
 */
export function knownSpeaker(speaker: string, characters: readonly string[]): string {
    const wanted = speaker.trim().toLowerCase();
    return characters.find((name) => name.toLowerCase() === wanted) ?? NARRATOR;
}

function unquoted(said: string): string {
    return said.length > 1 && said.startsWith('"') && said.endsWith('"') ? said.slice(1, -1) : said;
}
