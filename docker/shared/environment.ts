/** Environment variables, read and validated once at start; all problems are reported together. */
import * as z from "zod";

/** Parses the variables by `schema`. Throws with the names of all missing or wrong variables, never their values. */
export function readEnvironment<Schema extends z.ZodType>(
    schema: Schema,
    env: Record<string, string | undefined> = process.env,
): z.output<Schema> {
    const parsed = schema.safeParse(env);
    if (!parsed.success) {
        const problems = parsed.error.issues.map((issue) => {
            const name = issue.path.join(".");
            return env[name] ? `${name}: ${issue.message}` : `${name}: is not set`;
        });
        throw new Error(`The environment is not as it must be:\n  ${problems.join("\n  ")}`);
    }
    return parsed.data;
}

/**
 * Timeout of one upstream call in milliseconds, from UPSTREAM_TIMEOUT_MS. With the default, three attempts take less than
 * API Gateway's limit of five minutes for a silent connection.
 */
export const upstreamTimeoutMs = () => Number(process.env.UPSTREAM_TIMEOUT_MS ?? 90_000);

/** A variable with JSON. Default: `{}`. */
export const jsonVariable = <Schema extends z.ZodType>(schema: Schema) =>
    z
        .string()
        .default("{}")
        .transform((text, context) => {
            try {
                return JSON.parse(text) as unknown;
            } catch {
                context.addIssue({ code: "custom", message: "must be JSON" });
                return z.NEVER;
            }
        })
        .pipe(schema);

/** Splits a comma-separated list. */
export const listed = (text: string) =>
    text
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean);
