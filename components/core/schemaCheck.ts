import * as pulumi from "@pulumi/pulumi";
import { closest } from "fastest-levenshtein";

/** The part of a package's schema that describes a property. */
export interface PropertySpec {
    type?: string;
    $ref?: string;
    plain?: boolean;
    secret?: boolean;
    description?: string;
    items?: PropertySpec;
    additionalProperties?: PropertySpec;
}

/** The properties of one type of the schema, or the inputs of a component. */
export interface ObjectSpec {
    properties: Record<string, PropertySpec>;
    required?: string[];
}

/** How inputs are checked. */
export interface SchemaCheck {
    /** The types of the schema, by the name in a `$ref`. */
    types: Record<string, ObjectSpec>;
    /**
     * Whether unknown inputs, and secrets as plain values, are problems: for programs that no compiler has checked.
     *
     * @default false, by which an object may have more than is asked for
     */
    strict?: boolean;
    /** Names of types that are not checked, since the inputs have them in another shape. @default none */
    uncheckedTypes?: readonly string[];
}

/** Whether a value is known only later: an output, or a promise. */
export function isOutput(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** The problem of an output where it can't be used. */
export function outputProblem(at: string): string {
    return `${at} is an output, which is known only later; it must be a plain value`;
}

/**
 * The problems of a component's inputs by the schema: inputs that are missing, of another shape, or outputs where a plain
 * value is needed. The component checks the values.
 */
export function inputProblems(
    spec: ObjectSpec,
    inputs: Readonly<Record<string, unknown>>,
    by: SchemaCheck,
    at = "",
): string[] {
    const known = Object.keys(spec.properties);
    const unknown = Object.keys(inputs)
        .filter((key) => by.strict && !known.includes(key))
        .map((key) => `${at}${key} is not an input; did you mean ${at}${closest(key, known)}?`);
    const missing = (spec.required ?? [])
        .filter((key) => inputs[key] === undefined || inputs[key] === null || inputs[key] === "")
        .map((key) => `${at}${key} is missing; it is required`);
    const wrong = known.flatMap((key) => valueProblems(spec.properties[key] ?? {}, inputs[key], by, `${at}${key}`));
    return [...unknown, ...missing, ...wrong];
}

function valueProblems(spec: PropertySpec, value: unknown, by: SchemaCheck, at: string): string[] {
    if (value === undefined || value === null) {
        return [];
    }
    if (isOutput(value)) {
        return spec.plain ? [outputProblem(at)] : [];
    }
    if (by.strict && spec.secret) {
        return [`${at} is not a secret, so that the stack's state would hold it in plain; pass a secret`];
    }
    const name = spec.$ref?.split(":").at(-1) ?? "";
    if (by.uncheckedTypes?.includes(name)) {
        return [];
    }
    const isObject = typeof value === "object" && !Array.isArray(value);
    if (spec.type === "array" && !Array.isArray(value)) {
        return [`${at} is ${isObject ? "an object" : JSON.stringify(value)}; it must be a list`];
    }
    if ((spec.$ref || spec.type === "object") && !isObject) {
        return [`${at} is ${Array.isArray(value) ? "a list" : JSON.stringify(value)}; it must be an object`];
    }
    if (Array.isArray(value)) {
        return value.flatMap((item, index) => valueProblems(spec.items ?? {}, item, by, `${at}[${index}]`));
    }
    if (!isObject) {
        return [];
    }
    const object = value as Record<string, unknown>;
    const type = spec.$ref && by.types[spec.$ref.replace("#/types/", "")];
    if (type) {
        return inputProblems(type, object, by, `${at}.`);
    }
    const { additionalProperties } = spec;
    return additionalProperties
        ? Object.entries(object).flatMap(([key, it]) => valueProblems(additionalProperties, it, by, `${at}.${key}`))
        : [];
}
