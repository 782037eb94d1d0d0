/**
 * The made-up model's answers as a judge: by properties that can be counted, with a random offset for each question. It only
 * distinguishes broken stories from whole ones.
 */
import { createHash } from "node:crypto";
import { jsonIn } from "../../standins/upstreams/model/facts.ts";
import { thingsShown } from "../../standins/upstreams/picture.ts";
import { thingsIn } from "../../standins/upstreams/scene.ts";

/** A story in the form that a judge gets: its lines, by part. */
type Lines = Record<string, string[]>;

/** The scores of a story or a picture, or the better of two stories; `undefined` without any. Equal texts give equal answers. */
export function judged(texts: string[], pictures: string[]): unknown {
    const data = texts.flatMap(jsonIn).find(isRecord) ?? {};
    const noise = createHash("sha256").update(texts.join("\n")).digest();
    if (isLines(data.story)) {
        const found = Object.entries(scoresOf(data.story, data.wish)).map(([name, score], at) => {
            // In 2 of 8 cases the score is a point higher or lower.
            const off = [-1, 1][noise.readUInt8(at) % 8] ?? 0;
            return [name, Math.min(5, Math.max(1, score + off))];
        });
        return { scores: Object.fromEntries(found) };
    }
    if (isLines(data.first) && isLines(data.second)) {
        const sum = (lines: Lines) => Object.values(scoresOf(lines, data.wish)).reduce((all, one) => all + one, 0);
        // A bias for the first story, as people and models have.
        const bias = (noise.readUInt8(0) / 255 - 0.35) * 3;
        const difference = sum(data.first) - sum(data.second) + bias;
        return { better: Math.abs(difference) < 0.7 ? "neither" : difference > 0 ? "first" : "second" };
    }
    const [picture] = pictures;
    if (picture !== undefined && typeof data.text === "string") {
        return { fit: fitOf(data.text, picture) };
    }
    return undefined;
}

/** 1 to 5 by the share of things that both the text names and the picture shows. */
function fitOf(text: string, picture: string): number {
    const [named, shown] = [thingsIn(text), thingsShown(picture)];
    const either = new Set([...named, ...shown]).size;
    const both = named.filter((thing) => shown.includes(thing)).length;
    return either === 0 ? 3 : 1 + Math.round((4 * both) / either);
}

function scoresOf(lines: Lines, wish: unknown): Record<string, number> {
    const all = Object.values(lines).flat();
    const spoken = all.map((line) => line.slice(line.indexOf(":") + 1).trim());
    const distinct = new Set(spoken).size / Math.max(1, spoken.length);
    const openings =
        new Set(spoken.map((line) => line.split(" ").slice(0, 3).join(" "))).size / Math.max(1, spoken.length);
    const last = spoken.at(-1) ?? "";
    return {
        wish: sharedWords(JSON.stringify(wish), spoken.join(" ")) ? 5 : 1,
        age: 4,
        coherence: distinct > 0.6 ? 5 : 1,
        ending: /[.!?\u2026"\u201d\u2019']$/.test(last) ? 5 : 1,
        voices: openings > 0.5 ? 5 : 1,
        safety: /\b(blood|knife|gun|kill(ed|s)?|corpse|whisky|naked)\b/i.test(spoken.join(" ")) ? 1 : 5,
    };
}

/** Whether a story contains a long word of its wish. */
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
