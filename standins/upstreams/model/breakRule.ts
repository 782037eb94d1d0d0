/** Breaks one rule of the story contract in a valid answer. */
import type { Rule } from "../faults.ts";

type Fields = Record<string, unknown>;

/** `value` with the rule broken; unchanged if the rule does not apply to it. */
export function breakRule(value: unknown, rule: Rule): unknown {
    const broken = structuredClone(value);
    const objects = objectsIn(broken);
    switch (rule) {
        case "sectionCount": {
            const [part] = objects.filter(({ sections }) => Array.isArray(sections));
            (part?.sections as unknown[] | undefined)?.pop();
            break;
        }
        case "sectionGap":
            shift(objects, "section_num");
            break;
        case "segmentGap":
            shift(objects, "segment_num");
            break;
        case "unknownSpeaker":
            speaking(objects, 1).forEach((segment) => {
                segment.speaker = "Somebody Else";
            });
            break;
        case "tooManySpeakers":
            for (const [at, segment] of speaking(objects).entries()) {
                segment.speaker = at === 0 ? "Narrator" : `Guest ${at}`;
            }
            extend(objects);
            break;
        case "narratorName":
            rename(objects);
            break;
        case "partOrder":
            for (const { story_parts } of objects) {
                (story_parts as unknown[] | undefined)?.reverse();
            }
            break;
        case "missingField":
            removeLast(broken as Fields);
            break;
        case "wrongType":
            wrongType(broken as Fields);
            break;
        case "typographic":
            for (const segment of objects.filter((one) => typeof one.segment_content === "string")) {
                segment.segment_content = `\u201cWell\u2026\u201d \u2018so\u2019 \u2014 \u2013 ${segment.segment_content}`;
            }
            break;
    }
    return broken;
}

function objectsIn(value: unknown): Fields[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const inside = Object.values(value).flatMap(objectsIn);
    return Array.isArray(value) ? inside : [value as Fields, ...inside];
}

/** Skips one number: all from the second on are one higher. A single number is moved too. */
function shift(objects: Fields[], name: string): void {
    const numbered = objects.filter((one) => typeof one[name] === "number");
    for (const one of numbered.slice(numbered.length > 1 ? 1 : 0)) {
        one[name] = Number(one[name]) + 1;
    }
}

function speaking(objects: Fields[], most?: number): Fields[] {
    return objects.filter((one) => typeof one.speaker === "string").slice(0, most);
}

/** Extends the lists of names too, so that only their number is wrong. */
function extend(objects: Fields[]): void {
    for (const one of objects) {
        for (const name of ["speaker_names", "story_part_speakers"]) {
            if (Array.isArray(one[name])) {
                one[name] = ["Narrator", ...Array.from({ length: 12 }, (_, at) => `Guest ${at + 1}`)];
            }
        }
    }
}

function rename(objects: Fields[]): void {
    const renamed = (name: unknown) => (name === "Narrator" ? "The Storyteller" : name);
    for (const one of objects) {
        one.speaker = renamed(one.speaker);
        for (const name of ["speaker_names", "story_part_speakers"]) {
            if (Array.isArray(one[name])) {
                one[name] = (one[name] as unknown[]).map(renamed);
            }
        }
        if (one.speaker === undefined) {
            delete one.speaker;
        }
    }
}

function removeLast(fields: Fields): void {
    const last = Object.keys(fields).at(-1);
    if (last) {
        delete fields[last];
    }
}

function wrongType(fields: Fields): void {
    const [first] = Object.keys(fields);
    if (first) {
        fields[first] = 42;
    }
}
