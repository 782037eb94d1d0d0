/**
 * What a model leaves out of a story when nobody asks for it, and now and then when somebody does: an evaluation of prompts
 * needs a model on which prompts have an effect. How often is made up: no model was measured.
 */
import { createHash } from "node:crypto";

/** What a prompt may ask for, the words by which it does, and what becomes of a story that lacks it. */
const wanted: { name: string; words: RegExp; without: (parts: Part[]) => void }[] = [
    { name: "end", words: /\b(end|ending)\b[^.]*\b(settles|resolves)\b/i, without: breakOff },
    { name: "voices", words: /\bsound(s)? (alike|different)\b/i, without: speakAlike },
];
/** In how many of 100 stories it is missing. */
const MISSING_UNASKED = 65;
const MISSING_ALTHOUGH_ASKED = 8;

interface Part {
    story_part: string;
    sections: { segments: { segment_content: string }[] }[];
}

/** The value, if it is a whole story, without what was not asked for. The same texts get the same. */
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

/** The last thing that is said stops in the middle. */
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
