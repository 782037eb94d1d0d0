/**
 * Leaves parts out of a story that its prompt does not ask for, and sometimes parts that it does: an evaluation of prompts
 * needs a model on which prompts have an effect. The rates are made up: no model was measured.
 */
import { createHash } from "node:crypto";

/** The words that ask for voices, and the words that ask for an end. */
const VOICES = /\bsounds? (alike|different)\b|\bcharacters\b[^.]*\bspeak\b/i;
const END = /\b(end|ending)\b[^.]*\b(settles|resolves)\b/i;
/** The number of 100 stories or pictures that lack a quality. */
const MISSING_UNASKED = 65;
const MISSING_ALTHOUGH_ASKED = 8;
/** How everybody begins to speak where nobody's voice is different. */
const ALIKE = "Well, you know,";

/** Whether a quality is missing, by a number from 0 to 65,535. */
export function isMissing(chance: number, isAskedFor: boolean): boolean {
    return chance % 100 < (isAskedFor ? MISSING_ALTHOUGH_ASKED : MISSING_UNASKED);
}

interface Part {
    story_part: string;
    sections: { segments: { segment_content: string }[] }[];
}

/**
 * The value, if it is a whole story or a chapter, without the qualities that were not asked for. Equal texts give equal results.
 *
 * @param role the system prompt
 * @param texts the messages
 */
export function asAsked(value: unknown, role: string, texts: string[]): unknown {
    const seed = createHash("sha256").update(texts.join("\n")).digest();
    const lacks = (words: RegExp, at: number) =>
        isMissing(
            seed.readUInt16BE(at * 2),
            [role, ...texts].some((text) => words.test(text)),
        );
    if (isStory(value)) {
        if (lacks(END, 0)) {
            breakOff(value.story_parts);
        }
        if (lacks(VOICES, 1)) {
            speakAlike(value.story_parts);
        }
    } else if (isChapter(value) && lacks(VOICES, 1)) {
        value.lines = value.lines.map((line) => ({ ...line, text: `${ALIKE} ${line.text}` }));
    }
    return value;
}

function isChapter(value: unknown): value is { lines: { text: string }[] } {
    const lines = (value as { lines?: unknown } | null)?.lines;
    return Array.isArray(lines) && lines.every((line) => typeof (line as { text?: unknown }).text === "string");
}

function isStory(value: unknown): value is { story_parts: Part[] } {
    const parts = (value as { story_parts?: unknown } | null)?.story_parts;
    return Array.isArray(parts) && parts.every((part) => Array.isArray((part as Partial<Part>).sections));
}

/** Cuts off the last segment in the middle. */
function breakOff(parts: Part[]): void {
    const last = parts.flatMap(({ sections }) => sections.flatMap(({ segments }) => segments)).at(-1);
    if (last) {
        last.segment_content = last.segment_content.split(" ").slice(0, 5).join(" ").replace(/\W+$/, "");
    }
}

function speakAlike(parts: Part[]): void {
    for (const segment of parts.flatMap(({ sections }) => sections.flatMap(({ segments }) => segments))) {
        segment.segment_content = `${ALIKE} ${segment.segment_content}`;
    }
}
