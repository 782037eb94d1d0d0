/**
 * Leaves parts out of a story that its prompt does not ask for, and sometimes parts that it does: an evaluation of prompts
 * needs a model on which prompts have an effect. The rates are made up: no model was measured.
 */
import { createHash } from "node:crypto";

/** The qualities that a prompt may ask for, the words that ask for each, and the change to a story without it. */
const wanted: { name: string; words: RegExp; without: (parts: Part[]) => void }[] = [
    { name: "end", words: /\b(end|ending)\b[^.]*\b(settles|resolves)\b/i, without: breakOff },
    { name: "voices", words: /\bsound(s)? (alike|different)\b/i, without: speakAlike },
];
/** The number of 100 stories that lack a quality. */
const MISSING_UNASKED = 65;
const MISSING_ALTHOUGH_ASKED = 8;

interface Part {
    story_part: string;
    sections: { segments: { segment_content: string }[] }[];
}

/** The value, if it is a whole story, without the qualities that were not asked for. Equal texts give equal results. */
export function asAsked(value: unknown, texts: string[]): unknown {
    if (!isStory(value)) {
        return value;
    }
    const seed = createHash("sha256").update(texts.join("\n")).digest();
    wanted.forEach(({ words, without }, at) => {
        const missing = texts.some((text) => words.test(text)) ? MISSING_ALTHOUGH_ASKED : MISSING_UNASKED;
        if (seed.readUInt16BE(at * 2) % 100 < missing) {
            without(value.story_parts);
        }
    });
    return value;
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
        segment.segment_content = `Well, you know, ${segment.segment_content}`;
    }
}
