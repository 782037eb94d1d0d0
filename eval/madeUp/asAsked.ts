/**
 * Leaves parts out of a story that its prompt does not ask for, and sometimes parts that it does: an evaluation of prompts
 * needs a model on which prompts have an effect. The rates are made up: no model was measured.
 */
import { createHash } from "node:crypto";
import { jsonIn } from "../../standins/upstreams/model/facts.ts";

/** The words that ask for voices, for an end, for what a story is about, and for a look at what was written. */
const VOICES = /\bsounds? (alike|different)\b|\bcharacters\b[^.]*\bspeak\b/i;
const END = /\b(end|ending)\b[^.]*\b(settles|resolves)\b/i;
const FACTS = /\bfacts for (the topic|this story)\b/i;
const SLIPS = /\bcorrect slips\b/i;
/** The number of 100 stories or pictures that lack a quality. */
const MISSING_UNASKED = 80;
const MISSING_ALTHOUGH_ASKED = 6;
/** What the last line of a story or chapter ends with. */
const IS_WHOLE = /[.!?\u2026"\u201d\u2019']$/;
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

interface Line {
    text: string;
}

/**
 * The value, if it is a whole story, a chapter, or an agent's notes or corrections, without the qualities that were not asked
 * for. A chapter that is written without facts strays from the topic, and each breaks off until it is corrected.
 * Equal texts give equal results.
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
        return value;
    }
    const data = Object.assign({}, ...texts.flatMap(jsonIn)) as { research?: Notes; chapter?: unknown };
    if (isNotes(value) && lacks(FACTS, 2)) {
        return { themes: [], facts: [] };
    }
    if (isChapter(value)) {
        const strays = data.research?.facts.length === 0;
        const told = value.lines.map(({ text }, at) => (strays ? `Bend ${at + 1} of the way: on they went.` : text));
        const draft = [...told.slice(0, -1), brokenOff(told.at(-1) ?? "")];
        const alike = lacks(VOICES, 1);
        return {
            ...value,
            lines: value.lines.map((line, at) => ({ ...line, text: alike ? `${ALIKE} ${draft[at]}` : draft[at] })),
        };
    }
    if (isCorrected(value)) {
        const lines = isChapter(data.chapter) ? data.chapter.lines : [];
        const last = lines.at(-1)?.text ?? "";
        return {
            edits: IS_WHOLE.test(last) || lacks(SLIPS, 3) ? [] : [{ line: lines.length, text: `${last} it ended.` }],
        };
    }
    return value;
}

interface Notes {
    themes: string[];
    facts: string[];
}

function isNotes(value: unknown): value is Notes {
    return Array.isArray((value as Partial<Notes> | null)?.facts);
}

function isCorrected(value: unknown): value is { edits: unknown[] } {
    return Array.isArray((value as { edits?: unknown } | null)?.edits);
}

function isChapter(value: unknown): value is { lines: Line[] } {
    const lines = (value as { lines?: unknown } | null)?.lines;
    return Array.isArray(lines) && lines.every((line) => typeof (line as Partial<Line>).text === "string");
}

function isStory(value: unknown): value is { story_parts: Part[] } {
    const parts = (value as { story_parts?: unknown } | null)?.story_parts;
    return Array.isArray(parts) && parts.every((part) => Array.isArray((part as Partial<Part>).sections));
}

/** A text that is cut off in the middle. */
const brokenOff = (text: string) => text.split(" ").slice(0, 5).join(" ").replace(/\W+$/, "");

/** Cuts off the last segment. */
function breakOff(parts: Part[]): void {
    const last = parts.flatMap(({ sections }) => sections.flatMap(({ segments }) => segments)).at(-1);
    if (last) {
        last.segment_content = brokenOff(last.segment_content);
    }
}

function speakAlike(parts: Part[]): void {
    for (const segment of parts.flatMap(({ sections }) => sections.flatMap(({ segments }) => segments))) {
        segment.segment_content = `${ALIKE} ${segment.segment_content}`;
    }
}
