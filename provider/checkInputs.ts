import * as pulumi from "@pulumi/pulumi";
import { closest } from "fastest-levenshtein";

/** What of a package's schema says how a value is given. */
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

/**
 * What is wrong with the inputs of a component, as far as the schema says it: programs in languages that don't check
 * types can leave inputs out, misspell them, or give what is known too late. The component checks the values.
 *
 * @param types the types of the schema, by the name in a `$ref`
 */
export function inputProblems(
    spec: ObjectSpec,
    inputs: Record<string, unknown>,
    types: Record<string, ObjectSpec>,
    at = "",
): string[] {
    const known = Object.keys(spec.properties);
    const unknown = Object.keys(inputs)
        .filter((key) => !known.includes(key))
        .map((key) => `${at}${key} is not an input; did you mean ${at}${closest(key, known)}?`);
    const missing = (spec.required ?? [])
        .filter((key) => inputs[key] === undefined || inputs[key] === null)
        .map((key) => `${at}${key} is missing; it is required`);
    const wrong = known.flatMap((key) => valueProblems(spec.properties[key] ?? {}, inputs[key], types, `${at}${key}`));
    return [...unknown, ...missing, ...wrong];
}

function valueProblems(spec: PropertySpec, value: unknown, types: Record<string, ObjectSpec>, at: string): string[] {
    if (value === undefined || value === null) {
        return [];
    }
    if (pulumi.Output.isInstance(value)) {
        return spec.plain ? [`${at} is an output; it must be a value that is known when the program runs`] : [];
    }
    if (spec.secret) {
        return [`${at} is not a secret, so that the stack's state would hold it in plain; pass a secret`];
    }
    if (Array.isArray(value)) {
        return value.flatMap((item, index) => valueProblems(spec.items ?? {}, item, types, `${at}[${index}]`));
    }
    if (typeof value !== "object") {
        return [];
    }
    const object = value as Record<string, unknown>;
    const type = spec.$ref && types[spec.$ref.replace("#/types/", "")];
    if (type) {
        return inputProblems(type, object, types, `${at}.`);
    }
    return Object.entries(object).flatMap(([key, it]) =>
        valueProblems(spec.additionalProperties ?? {}, it, types, `${at}.${key}`),
    );
}
