/** The Bedrock models that may be asked for, and what each can do. */
import { ApiError } from "./apiErrors.ts";

/** What differs from model to model. */
export interface ModelCapabilities {
    /** Whether a call may force the model to use a given tool; else it is told to in words. */
    forcedTool: boolean;
    /** Whether a call may set the temperature. */
    temperature: boolean;
}

/** By model id, without the region's prefix of an inference profile. */
const capabilities: Record<string, ModelCapabilities> = {
    "amazon.nova-pro-v1:0": { forcedTool: true, temperature: true },
    "amazon.nova-lite-v1:0": { forcedTool: true, temperature: true },
    "amazon.nova-micro-v1:0": { forcedTool: true, temperature: true },
    "amazon.nova-premier-v1:0": { forcedTool: true, temperature: true },
};

/** A model that the settings name and the table doesn't know: nothing is taken for granted of it. */
const cautious: ModelCapabilities = { forcedTool: false, temperature: false };

const PREFIX = "bedrock/";

/** A model that a call uses. */
export interface ChosenModel {
    id: string;
    can: ModelCapabilities;
}

/**
 * The model that a request asks for, or the configured one.
 *
 * @param asked the request's `model_id`, with or without the prefix `bedrock/`
 * @param allowed the ids that this deployment may call, the configured one first
 * @throws ApiError 400 with the list of those allowed
 */
export function chooseModel(asked: string | undefined, allowed: readonly [string, ...string[]]): ChosenModel {
    const id = asked === undefined ? allowed[0] : asked.startsWith(PREFIX) ? asked.slice(PREFIX.length) : asked;
    if (!allowed.includes(id)) {
        const list = allowed.map((one) => PREFIX + one).join(", ");
        throw new ApiError(400, "unknown_model", `model_id is "${asked}"; allowed are ${list}`);
    }
    return { id, can: capabilities[id.replace(/^(us|eu|apac|global)\./, "")] ?? cautious };
}
