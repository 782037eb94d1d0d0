/**
 * Composes a value that is valid for a JSON schema and for the story contract. The schema gives the shape; the names of its
 * fields decide their content, so this code depends on no prompt and no exact schema.
 */
import { type Facts, NARRATOR } from "./facts.ts";
import { Teller } from "./teller.ts";

export interface JsonSchema {
    $ref?: string;
    $defs?: Record<string, JsonSchema>;
    definitions?: Record<string, JsonSchema>;
    type?: string | string[];
    properties?: Record<string, JsonSchema>;
    additionalProperties?: boolean | JsonSchema;
    items?: JsonSchema;
    prefixItems?: JsonSchema[];
    enum?: unknown[];
    const?: unknown;
    anyOf?: JsonSchema[];
    oneOf?: JsonSchema[];
    allOf?: JsonSchema[];
    format?: string;
    minLength?: number;
    maxLength?: number;
    minItems?: number;
    maxItems?: number;
    minimum?: number;
    maximum?: number;
}

const PARTS = ["beginning", "middle", "end"];

export function compose(schema: JsonSchema, facts: Facts): unknown {
    const { number, of } = facts.chapter ?? { number: 1, of: 1 };
    return new Composer(schema, facts).value(schema, "", { part: partOf(number - 1, of), index: 0, of: 1 });
}

/** The part of the story, 0 to 2, that contains a chapter. */
function partOf(chapter: number, of: number): number {
    return Math.min(2, Math.floor((chapter * 3) / of));
}

/** The number of earlier chapters in a chapter's part. */
function withinPart(chapter: number, of: number): number {
    const first = Array.from({ length: of }, (_, at) => partOf(at, of)).indexOf(partOf(chapter, of));
    return chapter - first;
}

/** A position in the value. */
interface Position {
    /** Part of the story: 0, 1 or 2. */
    part: number;
    /** Index in the nearest array, and its length. */
    index: number;
    of: number;
    /** Name of the nearest array. */
    list?: string;
}

class Composer {
    readonly #root: JsonSchema;
    readonly #facts: Facts;
    readonly #teller: Teller;
    /** The number of segments in the answer, in all sections. */
    readonly #perSection: number;
    #sections = 0;
    #segments = 0;
    /** Counts the turns: the narrator has the even ones, the others the odd ones. */
    #turn = -1;

    constructor(root: JsonSchema, facts: Facts) {
        this.#root = root;
        this.#facts = facts;
        const { number, of } = facts.chapter ?? { number: 1, of: 1 };
        // A chapter has a line for about 30 words; the narrator has every other line.
        const turns = Math.ceil(linesOf(facts) / 2);
        this.#teller = new Teller(facts.topic, facts.speakers, withinPart(number - 1, of) * turns);
        // A section of an audio story has its share of the minutes, at 150 words a minute and 45 words a segment.
        const words = ((facts.minutes ?? 5) * 150) / 9;
        this.#perSection = facts.panels === undefined ? Math.max(2, Math.round(words / 45)) : 2;
    }

    value(unresolved: JsonSchema, name: string, place: Position): unknown {
        const schema = this.#resolved(unresolved);
        if (schema.const !== undefined) {
            return schema.const;
        }
        if (schema.enum) {
            return this.#choice(schema.enum, name, place);
        }
        switch (typeOf(schema)) {
            case "object":
                return this.#object(schema, place);
            case "array":
                return this.#array(schema, name, place);
            case "integer":
            case "number":
                return this.#number(schema, name, place);
            case "boolean":
                return true;
            case "null":
                return null;
            default:
                return this.#text(schema, name, place);
        }
    }

    #resolved(schema: JsonSchema): JsonSchema {
        if (schema.$ref) {
            const name = schema.$ref.split("/").at(-1) ?? "";
            return this.#resolved(this.#root.$defs?.[name] ?? this.#root.definitions?.[name] ?? {});
        }
        const choice = (schema.anyOf ?? schema.oneOf)?.find((one) => one.type !== "null");
        if (choice) {
            return this.#resolved(choice);
        }
        return schema.allOf
            ? Object.assign({}, schema, ...schema.allOf.map((one) => this.#resolved(one)), { allOf: undefined })
            : schema;
    }

    #object(schema: JsonSchema, place: Position): unknown {
        const entries = Object.entries(schema.properties ?? {});
        if (entries.length === 0 && typeof schema.additionalProperties === "object") {
            const each = schema.additionalProperties;
            return Object.fromEntries(
                this.#facts.speakers.map((name, index) => [name, this.value(each, name, { ...place, index })]),
            );
        }
        if (schema.properties?.speaker) {
            this.#turn += 1;
        }
        return Object.fromEntries(
            entries.map(([key, part]) => {
                const ofStory = PARTS.indexOf(key);
                return [key, this.value(part, key, ofStory >= 0 ? { ...place, part: ofStory } : place)];
            }),
        );
    }

    #array(schema: JsonSchema, name: string, place: Position): unknown[] {
        if (schema.prefixItems) {
            return schema.prefixItems.map((item, index) => this.value(item, name, { ...place, part: index, index }));
        }
        const wanted = this.#length(name, place);
        const of = Math.min(Math.max(wanted, schema.minItems ?? 0), schema.maxItems ?? wanted);
        return Array.from({ length: of }, (_, index) => {
            const part =
                name === "story_parts" || name === "parts"
                    ? index
                    : name === "chapters"
                      ? partOf(index, of)
                      : place.part;
            return this.value(schema.items ?? {}, name, { part, index, of, list: name });
        });
    }

    #length(name: string, { part, of }: Position): number {
        const facts = this.#facts;
        switch (name) {
            case "story_parts":
            case "parts":
                return PARTS.length;
            case "sections":
                // Directly in one of three parts, its share of the panels; otherwise all of them.
                return facts.panels === undefined ? 3 : of === PARTS.length ? share(facts.panels, part) : facts.panels;
            case "segments":
                return this.#perSection;
            case "chapters":
                return facts.chapters ?? 3;
            case "lines":
                return linesOf(facts);
            case "edits":
                return 1;
            case "voices":
                return facts.cast.length || facts.speakers.length;
            case "characters":
                return facts.speakers.length - 1;
            default:
                return /speaker/.test(name) ? facts.speakers.length : 4;
        }
    }

    #choice(values: unknown[], name: string, { part, index }: Position): unknown {
        if (values.includes(PARTS[part])) {
            return PARTS[part];
        }
        return /speaker/.test(name) && values.includes(this.#speaker())
            ? this.#speaker()
            : values[index % values.length];
    }

    #number(schema: JsonSchema, name: string, { index }: Position): number {
        const { segment } = this.#facts;
        switch (name) {
            case "section_num":
                this.#sections += 1;
                return this.#sections;
            case "segment_num":
                this.#segments += 1;
                return segment?.number ?? this.#segments;
            case "line_pause_seconds":
                return 0.4;
            case "chapter_pause_seconds":
                return 1.5;
            default:
                return Math.min(Math.max(index + 1, schema.minimum ?? 1), schema.maximum ?? Number.MAX_SAFE_INTEGER);
        }
    }

    #text(schema: JsonSchema, name: string, place: Position): string {
        const text = this.#words(name, place, schema.format);
        const padded = text.padEnd(schema.minLength ?? 0, ".");
        return schema.maxLength && padded.length > schema.maxLength
            ? padded.slice(0, schema.maxLength).trimEnd()
            : padded;
    }

    #words(name: string, { part, index, of, list }: Position, format: string | undefined): string {
        const { topic, wish, voices, cast, speakers } = this.#facts;
        if (format === "date-time") {
            return "2026-01-01T00:00:00.000Z";
        }
        switch (name) {
            case "story_part":
                return PARTS[part] ?? "end";
            case "segment_content":
            case "content":
            case "text":
                if (list === "edits" && this.#facts.firstLine) {
                    return `${this.#facts.firstLine} And the light stayed on.`;
                }
                return this.#content(part, list);
            case "speaker":
                return cast.length > 0 && voices.length > 0 ? (cast[index] ?? NARRATOR) : this.#speaker();
            case "voice":
                return voices[index % voices.length] ?? "";
            case "speaker_names":
            case "story_part_speakers":
                return speakers[index] ?? NARRATOR;
            case "characters":
                return speakers[index + 1] ?? NARRATOR;
            case "title":
                return of > 1 ? this.#teller.heading(part, withinPart(index, of)) : this.#teller.title();
            case "query":
                return topic.slice(0, 200);
            case "idea":
                return wish ?? "Let it end on a quieter note.";
            default:
                return ASPECTS[name]?.(topic) ?? this.#teller.summary(part, index);
        }
    }

    get #isTold(): boolean {
        return this.#turn % 2 === 0 || this.#turn < 0 || this.#facts.speakers.length === 1;
    }

    #speaker(): string {
        const { speakers, segment } = this.#facts;
        if (segment) {
            return segment.speaker;
        }
        const others = speakers.slice(1);
        return this.#isTold ? NARRATOR : (others[((this.#turn - 1) / 2) % others.length] ?? NARRATOR);
    }

    #content(part: number, list: string | undefined): string {
        const { wish, segment, panels } = this.#facts;
        if (segment) {
            return this.#teller.anew(wish ?? "", segment.number, segment.speaker === NARRATOR);
        }
        // A turn of an audio story is longer than a line of a chapter or the text of a panel.
        const turns = panels === undefined && list === "segments" ? 2 : 1;
        return this.#isTold ? this.#teller.tell(part, turns) : this.#teller.say(part, turns);
    }
}

/** The number of lines in a chapter. */
function linesOf({ words = 200 }: Facts): number {
    return Math.max(4, Math.round(words / 30));
}

/** The number of `panels` in a part: evenly distributed, the remainder in the first parts. */
function share(panels: number, part: number): number {
    return Math.floor(panels / 3) + (part < panels % 3 ? 1 : 0);
}

const ASPECTS: Record<string, ((topic: string) => string) | undefined> = {
    subject_category: (topic) => `Stories about ${topic}`,
    scope_coverage: (topic) =>
        `How ${topic} begins, what it asks of those who meet it, and what is left of it in the end`,
    structure: () =>
        "Three parts: a beginning that asks a question, a middle that makes it harder, an end that answers it",
    source_types: () => "Folk tales, letters and diaries, field notes, and conversations with people who were there",
    target_audience: () => "Curious readers from eight years on, and whoever reads to them",
    tone: () => "Warm and attentive, with a little mischief",
};

function typeOf({ type, properties, items }: JsonSchema): string | undefined {
    const named = Array.isArray(type) ? type.find((one) => one !== "null") : type;
    return named ?? (properties ? "object" : items ? "array" : undefined);
}
