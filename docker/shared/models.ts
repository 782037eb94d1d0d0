/** The text models that a call is made to: which, in what order, and how a call of one fails for good. */
import { formerModelIds, isRetired } from "../../contract/models.ts";
import { ApiError } from "./apiErrors.ts";

const PREFIX = "bedrock/";

/** A model's id as callers write it. */
export const publicModelId = (id: string) => PREFIX + id;

/**
 * The models for a request: the one that it asks for, then the others of the deployment, which stand in for it where it
 * can't be used. A retired model and one that only the earlier deployment had is not asked: the configured one is.
 *
 * @param asked the request's `model_id`, with or without the prefix `bedrock/`
 * @param allowed the ids that this deployment may call, the configured one first
 * @throws ApiError 400 with the list of those allowed
 */
export function chooseModels(
    asked: string | undefined,
    allowed: readonly [string, ...string[]],
): readonly [string, ...string[]] {
    const id = asked?.startsWith(PREFIX) ? asked.slice(PREFIX.length) : asked;
    if (id === undefined || formerModelIds.includes(id) || isRetired(id) || allowed.includes(id)) {
        const usable = id !== undefined && allowed.includes(id) && !isRetired(id);
        return usable ? [id, ...allowed.filter((other) => other !== id)] : allowed;
    }
    const list = allowed.map(publicModelId).join(", ");
    throw new ApiError(400, "unknown_model", `model_id is "${asked}"; allowed are ${list}`);
}

/** Why a model can't be used at all: by this deployment, until somebody changes it. */
export type Unavailability = "gone" | "refused";

/** ValidationExceptions of Bedrock that say that there is no such model in the region. */
const NO_SUCH_MODEL =
    /model identifier is invalid|on-demand throughput isn.t supported|end of its life|not supported in this region/i;

/**
 * Whether Bedrock's error means that the model itself can't be used: it is none of the region's, is past its end of life,
 * is legacy and new to the account (ResourceNotFoundException), or the account or the role may not use it.
 */
export function unavailability(error: unknown): Unavailability | undefined {
    const { name, message = "" } = error as { name?: string; message?: string };
    // Without the right to a guardrail no model can be called.
    if (name === "AccessDeniedException" && !message.includes("bedrock:ApplyGuardrail")) {
        return "refused";
    }
    const isGone =
        name === "ResourceNotFoundException" || (name === "ValidationException" && NO_SUCH_MODEL.test(message));
    return isGone ? "gone" : undefined;
}

/** Whether a model broke down over a question, which may go well the next time or with another model. */
export function isModelError(error: unknown): boolean {
    const { name = "" } = error as { name?: string };
    return /^model(Stream)?ErrorException$/i.test(name);
}
