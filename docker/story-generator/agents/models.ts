/** The models of the agents: Bedrock's, asked as each of them can be asked. */
import { ThrottlingException } from "@aws-sdk/client-bedrock-runtime";
import {
    BedrockModel,
    type BedrockModelOptions,
    type Message,
    ModelThrottledError,
    type StreamOptions,
} from "@strands-agents/sdk";
import { type TextModelRules, textModelRules } from "../../../contract/models.ts";
import { toolSchema } from "../../shared/toolSchema.ts";
import { meteredStream, tokensUsed } from "../../shared/usage/meter.ts";

export interface ModelOptions {
    /** The configured model first, then those that stand in for it. */
    modelIds: readonly [string, ...string[]];
    /** Tokens of one answer at most. */
    maxTokens: number;
    region: string;
    clientConfig: NonNullable<BedrockModelOptions["clientConfig"]>;
}

/** One model for all agents, and those that stand in for it: they keep nothing of a conversation. */
export function createModels({ modelIds, ...options }: ModelOptions): [AgentModel, ...AgentModel[]] {
    const [configured, ...others] = modelIds;
    return [new AgentModel(configured, options), ...others.map((id) => new AgentModel(id, options))];
}

/** A model on Bedrock; tools and parameters are what its family takes. */
export class AgentModel extends BedrockModel {
    readonly id: string;
    readonly #rules: TextModelRules;

    constructor(id: string, { maxTokens, region, clientConfig }: Omit<ModelOptions, "modelIds">) {
        const rules = textModelRules(id);
        super({
            modelId: id,
            maxTokens: Math.min(maxTokens, rules.maxTokens ?? maxTokens),
            region,
            clientConfig,
            stream: rules.streamsTools,
            includeToolResultStatus: rules.toolResultStatus,
            ...(rules.inference
                ? { temperature: rules.inference.temperature, additionalRequestFields: rules.inference.additional }
                : {}),
        });
        this.id = id;
        this.#rules = rules;
    }

    override async *stream(messages: Message[], options?: StreamOptions) {
        try {
            yield* meteredStream(this.id, super.stream(messages, this.#fitted(options)), (event) =>
                event.type === "modelMetadataEvent" ? tokensUsed(event.usage) : undefined,
            );
        } catch (error) {
            // The SDK takes for throttled only what is said in the middle of a stream; the retries wait for both alike.
            throw error instanceof ThrottlingException
                ? new ModelThrottledError(error.message, { cause: error })
                : error;
        }
    }

    #fitted(options: StreamOptions | undefined): StreamOptions | undefined {
        if (!options?.toolSpecs) {
            return options;
        }
        const { toolChoice, ...others } = options;
        const toolSpecs = options.toolSpecs.map((spec) => ({
            ...spec,
            inputSchema: toolSchema(spec.inputSchema as Record<string, unknown>, this.#rules.toolSchema),
        }));
        const choice = this.#choice(toolChoice);
        return { ...others, toolSpecs, ...(choice ? { toolChoice: choice } : {}) } as StreamOptions;
    }

    /** The nearest to `wanted` that the model takes; what it may not be forced to, the answer's check asks for again. */
    #choice(wanted: StreamOptions["toolChoice"]): StreamOptions["toolChoice"] {
        const { toolChoice } = this.#rules;
        if (!wanted || "auto" in wanted || toolChoice === "tool") {
            return wanted;
        }
        return toolChoice === "any" ? { any: {} } : undefined;
    }
}
