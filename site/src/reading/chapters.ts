/** The lines of a story, counted over its chapters from 1. */
import type { Line, StoryDetail, StructuredStory } from "../api.ts";

export type Chapter = StructuredStory["chapters"][number];

/** The number of the first line of each chapter. */
export function firstLines(chapters: Chapter[]): number[] {
    let next = 1;
    return chapters.map(({ lines }) => {
        const first = next;
        next += lines.length;
        return first;
    });
}

/** The index of the chapter that contains the line with this number. */
export function chapterOf(chapters: Chapter[], line: number): number {
    return Math.max(
        0,
        firstLines(chapters).findLastIndex((first) => first <= line),
    );
}

export const allLines = (chapters: Chapter[]): Line[] => chapters.flatMap(({ lines }) => lines);

/** A picture of a story, with its number among the story's pictures. */
export interface Picture {
    /** Empty while it is on its way. */
    address: string;
    number: number;
}

/** What is shown of a story: its text, and which of its chapters have a picture. */
export type ShownStory = Pick<StoryDetail, "structured_story" | "illustrated_chapters">;

/** The picture of each chapter, or undefined. */
export function picturesOf({ structured_story, illustrated_chapters }: ShownStory, images: string[]) {
    return (structured_story?.chapters ?? []).map(({ chapter_number }): Picture | undefined => {
        const at = illustrated_chapters.indexOf(chapter_number);
        const address = images[at];
        return address === undefined ? undefined : { address, number: at + 1 };
    });
}
