/** Cuts a story into pieces that are spoken one by one. */
import type { StructuredStory } from "../story.ts";

/** Consecutive text of one speaker, and whether a chapter ends after it. */
export interface Piece {
    speaker: string;
    text: string;
    endsChapter: boolean;
}

/** Seconds of silence after a piece. */
export interface Pauses {
    line: number;
    chapter: number;
}

/** The pieces to speak, their voices and pauses. */
export interface Script {
    pieces: Piece[];
    voices: Record<string, string>;
    pauses: Pauses;
    /** Nobody chose voices: a narration of the earlier service is acceptable. */
    asCast: boolean;
}

export const PLAIN_PAUSES: Pauses = { line: 0.35, chapter: 1.2 };

/** Longest text of a piece: about 40 s of speech, so that a failed call loses little and progress is visible. */
const MAX_CHARACTERS = 600;

/** A narrator's speed. */
const WORDS_PER_MINUTE = 150;

/** The pieces in order: consecutive lines of one speaker are joined, long ones are split. */
export function cut(story: StructuredStory): Piece[] {
    return story.chapters.flatMap((chapter) => {
        const pieces: Piece[] = [];
        for (const { speaker, text } of chapter.lines) {
            for (const part of split(text)) {
                const last = pieces.at(-1);
                if (last?.speaker === speaker && last.text.length + part.length < MAX_CHARACTERS) {
                    last.text += ` ${part}`;
                } else {
                    pieces.push({ speaker, text: part, endsChapter: false });
                }
            }
        }
        const last = pieces.at(-1);
        if (last) {
            last.endsChapter = true;
        }
        return pieces;
    });
}

/** Estimated duration of the pieces, in seconds. */
export function secondsOf(pieces: Piece[], pauses: Pauses): number {
    return pieces.reduce((sum, piece) => {
        const words = piece.text.split(/\s+/).length;
        return sum + (words * 60) / WORDS_PER_MINUTE + (piece.endsChapter ? pauses.chapter : pauses.line);
    }, 0);
}

/** Splits `text` into parts that are short enough, after a sentence if possible, else between words. */
function split(text: string): string[] {
    const parts: string[] = [];
    let rest = text.trim();
    while (rest.length > MAX_CHARACTERS) {
        const head = rest.slice(0, MAX_CHARACTERS);
        const sentence = Math.max(head.lastIndexOf(". "), head.lastIndexOf("! "), head.lastIndexOf("? ")) + 1;
        const at = sentence || head.lastIndexOf(" ") || MAX_CHARACTERS;
        const end = at > 0 ? at : MAX_CHARACTERS;
        parts.push(rest.slice(0, end).trim());
        rest = rest.slice(end).trim();
    }
    return rest ? [...parts, rest] : parts;
}
