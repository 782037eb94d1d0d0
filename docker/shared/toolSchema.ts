/** JSON Schemas of tools as a model takes them: what it does not know is left out, and checked when its answer comes. */
import type { SchemaDialect } from "../../contract/models.ts";

type Schema = Record<string, unknown>;

const AT_THE_TOP = ["type", "properties", "required"];
const NOWHERE = ["$schema", "additionalProperties"];
/** What every model knows. */
const BASIC = ["type", "description", "properties", "required", "items", "enum", "anyOf"];

/** `schema` in a dialect; it must be an object's. */
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
        // The names of properties are no words of the schema.
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
