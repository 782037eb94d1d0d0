/** Counts a function call for its caller's story: the function's own seconds, and its model calls. */
import { SERVICES } from "../../../contract/usage.ts";
import { ApiError } from "../apiErrors.ts";
import { BoundReached, type Person } from "./bounds.ts";
import { metered } from "./meter.ts";
import type { Usage } from "./usage.ts";

const COMPUTE = process.arch === "arm64" ? SERVICES.compute.arm64 : SERVICES.compute.x64;

/** The memory of this function in GB, from Lambda's environment. */
export const functionMemoryGb = () =>
    Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? Number.NaN) / 1024 || undefined;

/** @throws ApiError 429 when a bound of the person or the stack is reached */
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
