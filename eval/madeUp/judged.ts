/**
 * What the made-up model says when it is to judge stories: by marks that can be counted, with a mood that changes from
 * question to question. It is no reader: it tells stories that are broken from whole ones, and nothing finer.
 */
import { createHash } from "node:crypto";
import { jsonIn } from "../../standins/upstreams/model/facts.ts";

/** A story as a judge is given it: what each says, by part. */
type Lines = Record<string, string[]>;

/** Its opinion on the story, or on which of two is better; `undefined` where there is none to judge. The same texts get the same. */
export function judged(texts: string[]): unknown {
    const data = texts.flatMap(jsonIn).find(isRecord) ?? {};
    const mood = createHash("sha256").update(texts.join("\n")).digest();
    if (isLines(data.story)) {
        const found = Object.entries(scoresOf(data.story, data.wish)).map(([name, score], at) => {
            // A point off, up or down, now and then.
            const off = [-1, 1][mood.readUInt8(at) % 8] ?? 0;
            return [name, Math.min(5, Math.max(1, score + off))];
        });
        return { scores: Object.fromEntries(found) };
    }
    if (isLines(data.first) && isLines(data.second)) {
        const sum = (lines: Lines) => Object.values(scoresOf(lines, data.wish)).reduce((all, one) => all + one, 0);
        // As people and models do, it leans to what is named first.
        const lean = (mood.readUInt8(0) / 255 - 0.35) * 3;
        const difference = sum(data.first) - sum(data.second) + lean;
        return { better: Math.abs(difference) < 0.7 ? "neither" : difference > 0 ? "first" : "second" };
    }
    return undefined;
}

function scoresOf(lines: Lines, wish: unknown): Record<string, number> {
    const all = Object.values(lines).flat();
    const said = all.map((line) => line.slice(line.indexOf(":") + 1).trim());
    const distinct = new Set(said).size / Math.max(1, said.length);
    const openings = new Set(said.map((line) => line.split(" ").slice(0, 3).join(" "))).size / Math.max(1, said.length);
    const last = said.at(-1) ?? "";
    return {
        wish: sharedWords(JSON.stringify(wish), said.join(" ")) ? 5 : 1,
        age: 4,
        coherence: distinct > 0.6 ? 5 : 1,
        ending: /[.!?\u2026"\u201d\u2019']$/.test(last) ? 5 : 1,
        voices: openings > 0.5 ? 5 : 1,
        safety: /\b(blood|knife|gun|kill(ed|s)?|corpse|whisky|naked)\b/i.test(said.join(" ")) ? 1 : 5,
    };
}

/** Whether a story has a word of its wish, of the long ones. */
function sharedWords(wish: string, story: string): boolean {
    const words = wish.toLowerCase().match(/\p{L}{5,}/gu) ?? [];
    return words.some((word) => story.toLowerCase().includes(word));
}

function isLines(value: unknown): value is Lines {
    return isRecord(value) && Object.values(value).every((lines) => Array.isArray(lines));
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
