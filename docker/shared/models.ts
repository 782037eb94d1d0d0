/** Which text models a request may use, in which order, and which errors mean that a model can't be used. */
import * as z from "zod";
import { formerModelIds, isRetired } from "../../contract/models.ts";
import { ApiError } from "./apiErrors.ts";
import { jsonVariable } from "./environment.ts";

const PREFIX = "bedrock/";

/** A model's id with the prefix that callers use. */
export const publicModelId = (id: string) => PREFIX + id;

/** The ARNs of the application inference profiles that models are called by, by model; other models are called by their id. */
export type InferenceProfiles = Readonly<Record<string, string>>;

/** The environment variable with them. */
export const inferenceProfilesVariable = jsonVariable(z.record(z.string(), z.string().startsWith("arn:")));

/**
 * The models for a request: the requested one first, then the deployment's other models as fallbacks. A retired model, or one
 * that only the earlier deployment had, is replaced by the configured model.
 *
 * @param requested the request's `model_id`, with or without the prefix `bedrock/`
 * @param allowed the model ids of this deployment, the configured one first
 * @throws ApiError 400 with the list of allowed models
 */
export function chooseModels(
    requested: string | undefined,
    allowed: readonly [string, ...string[]],
): readonly [string, ...string[]] {
    const id = requested?.startsWith(PREFIX) ? requested.slice(PREFIX.length) : requested;
    if (id === undefined || formerModelIds.includes(id) || isRetired(id) || allowed.includes(id)) {
        const usable = id !== undefined && allowed.includes(id) && !isRetired(id);
        return usable ? [id, ...allowed.filter((other) => other !== id)] : allowed;
    }
    const list = allowed.map(publicModelId).join(", ");
    throw new ApiError(400, "unknown_model", `model_id is "${requested}"; allowed are ${list}`);
}

/** Why this deployment can't use a model until somebody changes its settings or rights. */
export type Unavailability = "gone" | "refused";

/** Messages of Bedrock's ValidationException for a model that the region does not have. */
const NO_SUCH_MODEL =
    /model identifier is invalid|on-demand throughput isn.t supported|end of its life|not supported in this region/i;

/**
 * Whether Bedrock's error means that the model can't be used: it does not exist in the region, is past its end of life, is
 * legacy and new to the account (ResourceNotFoundException), or the account or the role may not use it.
 */
export function unavailability(error: unknown): Unavailability | undefined {
    const { name, message = "" } = error as { name?: string; message?: string };
    // Without permission for the guardrail no model can be called.
    if (name === "AccessDeniedException" && !message.includes("bedrock:ApplyGuardrail")) {
        return "refused";
    }
    const isGone =
        name === "ResourceNotFoundException" || (name === "ValidationException" && NO_SUCH_MODEL.test(message));
    return isGone ? "gone" : undefined;
}

/** Whether the model failed on this question; a retry or another model may succeed. */
export function isModelError(error: unknown): boolean {
    const { name = "" } = error as { name?: string };
    return /^model(Stream)?ErrorException$/i.test(name);
}
