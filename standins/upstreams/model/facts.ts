/** Extracts the facts about the requested story from a prompt of any wording: from its JSON, else from its text. */

export const NARRATOR = "Narrator";

export interface Facts {
    topic: string;
    /** The requested change, if something is made again. */
    wish: string | undefined;
    /** All speakers; the narrator first. */
    speakers: string[];
    /** Sections of the story; undefined for an audio story. */
    panels: number | undefined;
    /** Minutes of an audio story. */
    minutes: number | undefined;
    chapters: number | undefined;
    /** The first line of the chapter to edit. */
    firstLine: string | undefined;
    /** The requested chapter, and the number of chapters. */
    chapter: { number: number; of: number } | undefined;
    /** Words of one chapter. */
    words: number | undefined;
    /** The segment to make again. */
    segment: { number: number; speaker: string } | undefined;
    /** Ids of voices to choose from. */
    voices: string[];
    /** The speakers who need voices. */
    cast: string[];
}

export function factsOf(texts: string[]): Facts {
    const found = texts.flatMap(jsonIn);
    const look = new Lookup(found, texts.join("\n"));
    const isAudio = look.text("story_type")?.toLowerCase() === "audio";
    const original = look.any("original_story_segment");
    return {
        topic: topicOf(look),
        wish: look.text("user_request", "idea", "wish"),
        speakers: speakersOf(look),
        panels: isAudio ? undefined : (look.number("panels", "number_of_panels") ?? look.counted("panels|sections")),
        minutes: look.number("audio_length"),
        chapters: look.counted("chapters"),
        firstLine: textOfLine(look.list("lines")[0]),
        chapter: chapterIn(texts.join("\n")),
        words: look.counted("words"),
        segment: isRecord(original)
            ? {
                  number: Number(look.number("original_story_segment_num") ?? original.segment_num ?? 1),
                  speaker: String(original.speaker ?? NARRATOR),
              }
            : undefined,
        voices: look
            .list("voices")
            .flatMap((voice) => (isRecord(voice) ? [String(voice.id ?? voice.name)] : [String(voice)])),
        cast: look.list("speakers").map(String),
    };
}

/** The topic that the request names, else the topic of its outline. */
function topicOf(look: Lookup): string {
    const summary = look.text("story_part_summary");
    const ofOutline = /\bIt is a story of (.+)\.$/.exec(summary ?? "")?.[1] ?? summary;
    return look.text("user_input_description", "topic", "topics", "title") ?? ofOutline ?? look.firstWords();
}

function textOfLine(line: unknown): string | undefined {
    return isRecord(line) && typeof line.text === "string" ? line.text : undefined;
}

function chapterIn(text: string): Facts["chapter"] {
    const [, number, of] = /\bchapter (\d+) of (\d+)\b/i.exec(text) ?? [];
    return number && of ? { number: Number(number), of: Number(of) } : undefined;
}

const NAMES = [
    "Mira",
    "Oskar",
    "Juniper",
    "Tobias",
    "Leila",
    "Bruno",
    "Saga",
    "Emil",
    "Nadia",
    "Hugo",
    "Wren",
    "Pavel",
];

/** The speakers that the request names, else as many as it allows. */
function speakersOf(look: Lookup): string[] {
    const most = look.number("number_of_speakers") ?? 4;
    const named = [
        ...look.list("speaker_names"),
        ...look.all("story_part_speakers").flatMap((names) => (Array.isArray(names) ? names : [])),
        ...look.list("characters"),
    ].filter((name): name is string => typeof name === "string");
    const seed = [...(look.text("user_input_description", "topic") ?? "")].reduce(
        (sum, char) => sum + char.charCodeAt(0),
        0,
    );
    const invented = [0, 1, 2].map((at) => NAMES[(seed + at * 5) % NAMES.length] ?? "Mira");
    const others = named.length > 0 ? named.filter((name) => name !== NARRATOR) : invented;
    return [...new Set([NARRATOR, ...others])].slice(0, Math.max(1, most));
}

/** Finds fields in JSON values by name, at any depth; the outermost and first wins. */
class Lookup {
    readonly #values: unknown[];
    readonly #text: string;

    constructor(values: unknown[], text: string) {
        this.#values = values;
        this.#text = text;
    }

    all(name: string): unknown[] {
        const hits: unknown[] = [];
        let level = this.#values;
        while (level.length > 0) {
            const next: unknown[] = [];
            for (const value of level) {
                if (isRecord(value) && name in value) {
                    hits.push(value[name]);
                }
                if (typeof value === "object" && value !== null) {
                    next.push(...Object.values(value));
                }
            }
            level = next;
        }
        return hits;
    }

    any(name: string): unknown {
        return this.all(name)[0];
    }

    list(name: string): unknown[] {
        return this.all(name).find((value): value is unknown[] => Array.isArray(value)) ?? [];
    }

    text(...names: string[]): string | undefined {
        for (const name of names) {
            const value = this.all(name).find((one) => typeof one === "string" && one.trim() !== "");
            const found = value ?? new RegExp(`\\b${name}\\b["'*]*\\s*[:=]\\s*["'*]*([^"'\\n]+)`).exec(this.#text)?.[1];
            if (typeof found === "string") {
                return found.trim();
            }
        }
        return undefined;
    }

    number(...names: string[]): number | undefined {
        for (const name of names) {
            const value = this.all(name).find((one) => Number.isInteger(Number(one)) && one !== null && one !== "");
            const spaced = name.replaceAll("_", "[ _]");
            const found =
                value ?? new RegExp(`\\b${spaced}\\b["'*]*\\s*(?:[:=]|is)\\s*["'*]*(\\d+)`, "i").exec(this.#text)?.[1];
            if (found !== undefined) {
                return Number(found);
            }
        }
        return undefined;
    }

    /** `exactly 6 panels` and the like. */
    counted(what: string): number | undefined {
        const found = new RegExp(`\\b(\\d+)\\s+(?:${what})\\b`, "i").exec(this.#text)?.[1];
        return found === undefined ? undefined : Number(found);
    }

    firstWords(): string {
        return this.#text.split(/[.\n]/, 1)[0]?.slice(0, 80) || "a journey";
    }
}

/** The outermost JSON objects and arrays in `text`. */
export function jsonIn(text: string): unknown[] {
    const found: unknown[] = [];
    for (let at = 0; at < text.length; at += 1) {
        if (text[at] !== "{" && text[at] !== "[") {
            continue;
        }
        const end = closing(text, at);
        const value = end === undefined ? undefined : parsed(text.slice(at, end + 1));
        if (value !== undefined && end !== undefined) {
            found.push(value);
            at = end;
        }
    }
    return found;
}

function closing(text: string, from: number): number | undefined {
    let depth = 0;
    let isQuoted = false;
    for (let at = from; at < text.length; at += 1) {
        const char = text[at];
        if (isQuoted) {
            if (char === "\\") {
                at += 1;
            } else if (char === '"') {
                isQuoted = false;
            }
        } else if (char === '"') {
            isQuoted = true;
        } else if (char === "{" || char === "[") {
            depth += 1;
        } else if (char === "}" || char === "]") {
            depth -= 1;
            if (depth === 0) {
                return at;
            }
        }
    }
    return undefined;
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
