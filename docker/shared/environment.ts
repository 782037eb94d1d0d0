/** Environment variables, read and checked once at start, all problems at once. */
import type { z } from "zod";

/** The variables as `schema` wants them. Throws with the name of every one that is missing or wrong; never a value. */
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
 * Milliseconds that one call of an upstream may take, from UPSTREAM_TIMEOUT_MS. Three attempts of the default stay under
 * the five minutes that API Gateway lets a connection be silent.
 */
export const upstreamTimeoutMs = Number(process.env.UPSTREAM_TIMEOUT_MS ?? 90_000);

/** A list written with commas. */
export const listed = (text: string) =>
    text
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean);
