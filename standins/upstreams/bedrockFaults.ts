/** Faults as Bedrock's errors. */
import { INVALID_TOOL_USE, type Problem } from "./bedrockRules.ts";
import type { Fault } from "./faults.ts";

/** The error of a fault, if it is an error. */
export function faultAsError(fault: Fault | undefined): Problem | undefined {
    if (fault?.kind === "throttle") {
        return {
            status: 429,
            code: "ThrottlingException",
            message: fault.message ?? "Too many requests, please wait before trying again.",
            headers: fault.retryAfter === undefined ? undefined : { "retry-after": String(fault.retryAfter) },
        };
    }
    if (fault?.kind === "error") {
        const status = fault.status ?? 503;
        return {
            status,
            code: fault.code ?? CODES[status] ?? "InternalServerException",
            message: fault.message ?? MESSAGES[status] ?? "The upstream failed.",
        };
    }
    return undefined;
}

const CODES: Record<number, string> = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
};

/** Bedrock's messages for a model without access, a legacy model that the account did not use, and a failed model. */
const MESSAGES: Record<number, string> = {
    403: "You don't have access to the model with the specified model ID.",
    404: "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock",
    424: INVALID_TOOL_USE,
};
