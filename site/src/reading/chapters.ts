/** The lines of a story, counted over its chapters from 1. */
import type { Line, StructuredStory } from "../api.ts";

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
