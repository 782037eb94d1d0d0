/**
 * The checks of every component's arguments at construction: all problems at once, each with the argument's name, its
 * value and what is allowed.
 */

import schema from "../../schema.json" with { type: "json" };
import type { Named, NamingArgs } from "./names.ts";
import { inputProblems, type ObjectSpec, type PropertySpec } from "./schemaCheck.ts";

/** A component in the package's schema, which is generated from the types of the arguments. */
interface ResourceSpec {
    inputProperties: Record<string, PropertySpec>;
    requiredInputs?: string[];
}

const resources = schema.resources as Record<string, ResourceSpec | undefined>;
/** Types that programs in other languages give as data, and TypeScript programs as an object: each component checks them. */
const UNCHECKED_TYPES = ["TaskImage", "ApiFunction"];

/** The retention days that CloudWatch Logs allows (API reference, PutRetentionPolicy). */
const LOG_RETENTION_DAYS = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The default number of days for which a component keeps a log. */
export const DEFAULT_LOG_RETENTION_DAYS = 30;

/** A component was constructed with arguments that it does not accept; nothing was created. */
export class ArgumentError extends Error {
    override readonly name = "ArgumentError";
    /** What is wrong, one entry per problem. */
    readonly problems: readonly string[];

    constructor(component: string, resourceName: string, problems: readonly string[]) {
        super(`${component} "${resourceName}" was given arguments it does not accept:\n  - ${problems.join("\n  - ")}`);
        this.problems = problems;
    }
}

/** Collects the problems of one component's arguments. Values that are outputs are not known yet and pass. */
export class ArgumentCheck {
    readonly #problems: string[] = [];
    readonly #component: string;
    readonly #resourceName: string;

    /**
     * @param component the component's class, as the schema has it
     * @param args the component's arguments, with its names
     * @throws {ArgumentError} naming all arguments that are missing, of another shape, or outputs where a plain value is
     * needed: the values can't be checked then
     */
    constructor(component: string, resourceName: string, args: Named<NamingArgs>) {
        this.#component = component;
        this.#resourceName = resourceName;
        const spec = resources[`${schema.name}:index:${component}`];
        if (!spec) {
            throw new Error(`schema.json has no ${component} (npm run schema)`);
        }
        const given = args as unknown as Readonly<Record<string, unknown>>;
        const types = schema.types as Record<string, ObjectSpec>;
        this.add(
            inputProblems({ properties: spec.inputProperties, required: spec.requiredInputs }, given, {
                types,
                uncheckedTypes: UNCHECKED_TYPES,
            }),
        ).done();
        for (const argument of ["project", "environment"]) {
            this.matches(argument, given[argument], /^[a-z0-9-]+$/, "lower-case letters, digits and hyphens");
        }
    }

    /** Adds a problem unless `holds`. */
    that(holds: boolean, problem: string): this {
        if (!holds) {
            this.#problems.push(problem);
        }
        return this;
    }

    /** A whole number between `min` and `max`, both included. Outputs and `undefined` pass. */
    integer(argument: string, value: unknown, allowed: { min: number; max: number; unit?: string }): this {
        if (!isPlain(value)) {
            return this;
        }
        const inRange = Number.isInteger(value) && Number(value) >= allowed.min && Number(value) <= allowed.max;
        const unit = allowed.unit ? ` ${allowed.unit}` : "";
        return this.that(
            inRange,
            `${argument} is ${show(value)}; it must be a whole number from ${allowed.min} to ${allowed.max}${unit}`,
        );
    }

    /** One of a fixed list of values. Outputs and `undefined` pass. */
    oneOf(argument: string, value: unknown, allowed: readonly (string | number)[]): this {
        if (!isPlain(value)) {
            return this;
        }
        return this.that(
            allowed.some((one) => one === value),
            `${argument} is ${show(value)}; it must be one of ${allowed.join(", ")}`,
        );
    }

    /** A string that matches `pattern`; `what` says in words what is allowed. Outputs and `undefined` pass. */
    matches(argument: string, value: unknown, pattern: RegExp, what: string): this {
        if (!isPlain(value)) {
            return this;
        }
        return this.that(
            typeof value === "string" && pattern.test(value),
            `${argument} is ${show(value)}; it must be ${what}`,
        );
    }

    /** Days for which CloudWatch Logs keeps a log. Outputs and `undefined` pass. */
    retentionDays(argument: string, value: unknown): this {
        return this.oneOf(argument, value, LOG_RETENTION_DAYS);
    }

    /** Given and not empty. An output passes. */
    required(argument: string, value: unknown): this {
        const empty = value === undefined || value === null || value === "";
        return this.that(!empty, `${argument} is missing; it is required`);
    }

    /** Problems found elsewhere, for example by {@link nameProblems}. */
    add(problems: readonly string[]): this {
        this.#problems.push(...problems);
        return this;
    }

    /** Throws an {@link ArgumentError} with all problems, if there are any. */
    done(): this {
        if (this.#problems.length > 0) {
            throw new ArgumentError(this.#component, this.#resourceName, this.#problems);
        }
        return this;
    }
}

/** A value that can be checked now: given, and neither an output nor a promise. */
function isPlain(value: unknown): boolean {
    if (value === undefined || value === null) {
        return false;
    }
    return typeof value !== "object" || Array.isArray(value);
}

function show(value: unknown): string {
    return typeof value === "string" ? `"${value}"` : String(value);
}
