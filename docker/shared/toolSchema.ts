/** Reduces a tool's JSON Schema to a model's dialect: unsupported keywords are removed; the answer's check enforces them. */
import type { SchemaDialect } from "../../contract/models.ts";

type Schema = Record<string, unknown>;

const AT_THE_TOP = ["type", "properties", "required"];
const NOWHERE = ["$schema", "additionalProperties"];
/** Keywords that every model supports. */
const BASIC = ["type", "description", "properties", "required", "items", "enum", "anyOf"];

/** Converts `schema`, which must describe an object, to a dialect. */
export function toolSchema(schema: Schema, dialect: SchemaDialect): Schema {
    if (dialect === "full") {
        return schema;
    }
    const isKnown =
        dialect === "basic" ? (word: string) => BASIC.includes(word) : (word: string) => !NOWHERE.includes(word);
    const cleaned = clean(schema, isKnown);
    return Object.fromEntries(Object.entries(cleaned).filter(([word]) => AT_THE_TOP.includes(word)));
}

function clean(schema: Schema, isKnown: (word: string) => boolean): Schema {
    const known = Object.entries(schema).filter(([word]) => isKnown(word));
    return Object.fromEntries(known.map(([word, value]) => [word, cleanValue(word, value, isKnown)]));
}

function cleanValue(word: string, value: unknown, isKnown: (word: string) => boolean): unknown {
    if (word === "properties") {
        // The names of properties are no schema keywords.
        const entries = Object.entries(value as Record<string, Schema>);
        return Object.fromEntries(entries.map(([name, property]) => [name, clean(property, isKnown)]));
    }
    if (word === "enum") {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((one) => (isSchema(one) ? clean(one, isKnown) : one));
    }
    return isSchema(value) ? clean(value, isKnown) : value;
}

function isSchema(value: unknown): value is Schema {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
