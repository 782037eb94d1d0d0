/** The agents' Bedrock models, called with the options that each model family supports. */
import { ThrottlingException } from "@aws-sdk/client-bedrock-runtime";
import {
    BedrockModel,
    type BedrockModelOptions,
    type ContentBlockDelta,
    type Message,
    ModelThrottledError,
    type StreamOptions,
} from "@strands-agents/sdk";
import { type TextModelRules, textModelRules } from "../../../contract/models.ts";
import type { Guardrail } from "../../shared/guardrail.ts";
import type { InferenceProfiles } from "../../shared/models.ts";
import { toolSchema } from "../../shared/toolSchema.ts";
import { failSpan, modelCall, recordAnswer, recordContent, startSpan } from "../../shared/tracing.ts";
import { meteredStream, tokensUsed } from "../../shared/usage/meter.ts";

export interface ModelOptions {
    /** The configured model first, then its fallbacks. */
    modelIds: readonly [string, ...string[]];
    /** Default: models are called by their ids. */
    inferenceProfiles?: InferenceProfiles;
    /** Token limit of one answer. */
    maxTokens: number;
    region: string;
    clientConfig: NonNullable<BedrockModelOptions["clientConfig"]>;
    /** Checks the data of the agents' questions. Default: no guardrail. */
    guardrail?: Guardrail;
}

/** The model for all agents, and its fallbacks; models are shared since they keep no conversation. */
export function createModels({ modelIds, ...options }: ModelOptions): [AgentModel, ...AgentModel[]] {
    const [configured, ...others] = modelIds;
    return [new AgentModel(configured, options), ...others.map((id) => new AgentModel(id, options))];
}

/** The text of a part of an answer; a tool's input is streamed as pieces of JSON. */
const textOf = (delta: ContentBlockDelta): string =>
    delta.type === "textDelta" ? delta.text : delta.type === "toolUseInputDelta" ? delta.input : "";

/** A Bedrock model with the tools and parameters that its family supports. */
export class AgentModel extends BedrockModel {
    readonly id: string;
    readonly #rules: TextModelRules;

    constructor(
        id: string,
        { inferenceProfiles = {}, maxTokens, region, clientConfig, guardrail }: Omit<ModelOptions, "modelIds">,
    ) {
        const rules = textModelRules(id);
        super({
            modelId: inferenceProfiles[id] ?? id,
            maxTokens: Math.min(maxTokens, rules.maxTokens ?? maxTokens),
            region,
            clientConfig,
            stream: rules.streamsTools,
            includeToolResultStatus: rules.toolResultStatus,
            // "sync": each part of an answer is checked before it is returned.
            ...(guardrail ? { guardrailConfig: { ...guardrail.configuration, streamProcessingMode: "sync" } } : {}),
            ...(rules.inference
                ? { temperature: rules.inference.temperature, additionalRequestFields: rules.inference.additional }
                : {}),
        });
        this.id = id;
        this.#rules = rules;
    }

    override async *stream(messages: Message[], options?: StreamOptions) {
        const { name, options: about } = modelCall("aws.bedrock", "chat", this.id);
        const span = startSpan(name, about);
        recordContent(span, () => ({
            "input.messages": messages.map((message) => message.toJSON()),
            system_instructions: options?.systemPrompt,
        }));
        const answer: ContentBlockDelta[] = [];
        try {
            const events = meteredStream(
                this.id,
                super.stream(messages, this.#supportedOptions(options)),
                (event) => (event.type === "modelMetadataEvent" ? tokensUsed(event.usage) : undefined),
                span,
            );
            for await (const event of events) {
                if (event.type === "modelMetadataEvent") {
                    recordAnswer(span, { usage: event.usage });
                } else if (event.type === "modelMessageStopEvent") {
                    recordAnswer(span, { finishReason: event.stopReason });
                } else if (event.type === "modelContentBlockDeltaEvent" && span.isRecording()) {
                    answer.push(event.delta);
                }
                yield event;
            }
            recordContent(span, () => ({ "output.messages": answer.map(textOf).join("") }));
        } catch (error) {
            failSpan(span, error);
            // The SDK recognizes throttling only within a stream; the retries have to wait for both kinds.
            throw error instanceof ThrottlingException
                ? new ModelThrottledError(error.message, { cause: error })
                : error;
        } finally {
            span.end();
        }
    }

    #supportedOptions(options: StreamOptions | undefined): StreamOptions | undefined {
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

    /** The supported choice nearest to `wanted`. If the model can't be forced, the answer's check asks again. */
    #choice(wanted: StreamOptions["toolChoice"]): StreamOptions["toolChoice"] {
        const { toolChoice } = this.#rules;
        if (!wanted || "auto" in wanted || toolChoice === "tool") {
            return wanted;
        }
        return toolChoice === "any" ? { any: {} } : undefined;
    }
}
