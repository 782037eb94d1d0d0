/** A call of a function, counted for its caller's story: its own seconds, and what it asks of models. */
import { SERVICES } from "../../../contract/usage.ts";
import { ApiError } from "../apiErrors.ts";
import { BoundReached, type Person } from "./bounds.ts";
import { metered } from "./meter.ts";
import type { Usage } from "./usage.ts";

const COMPUTE = process.arch === "arm64" ? SERVICES.compute.arm64 : SERVICES.compute.x64;

/** GB of memory that this function has, as Lambda says it. */
export const functionMemoryGb = () =>
    Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? Number.NaN) / 1024 || undefined;

/** @throws ApiError 429 where the person, or the stack, may use nothing more for now */
export async function countedCall<T>(
    usage: Usage | undefined,
    owner: Person & { story: string },
    use: () => Promise<T>,
): Promise<T> {
    if (!usage) {
        return use();
    }
    await usage.bounded.assertMay(owner).catch(refuse);
    const started = Date.now();
    const used = () => ({ compute_ms: Date.now() - started });
    return usage.meter.as({ userId: owner.userId, story: owner.story }, () => metered(COMPUTE, use, used, used));
}

function refuse(error: unknown): never {
    if (error instanceof BoundReached) {
        const { message, retryAfter, reached } = error;
        throw new ApiError(429, "bound_reached", message, { retryAfter, fields: { bound: reached } });
    }
    throw error;
}
