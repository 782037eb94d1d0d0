/** Applies a guardrail to a model call: to its input and its output. */
import { type Problem, refusalOfGuardrail } from "../bedrockRules.ts";
import type { Exchange } from "../exchange.ts";
import type { ConverseRequest, Reply } from "../model/reply.ts";
import { type Assessment, assess } from "./assess.ts";
import { type FindGuardrail, type GuardrailDefinition, regionOf } from "./definition.ts";
import { examinedOf, examinedOfReply } from "./examine.ts";

/** Bedrock's answer. */
export interface Answer extends Reply {
    /** The guardrail's findings, if the call requests them. */
    trace?: { guardrail: Record<string, unknown> };
    /** The model was not called, so no tokens were used. */
    skippedModel?: true;
}

export interface Guard {
    /** The answer in place of the model's, if the request is blocked. */
    checkInput(): Answer | undefined;
    /** The model's answer, or its replacement. */
    checkOutput(reply: Reply, streamed: boolean): Answer;
}

/** The guardrail of a call, or Bedrock's error for it; undefined if the call names none. */
export async function guardOf(
    exchange: Exchange,
    request: ConverseRequest,
    find: FindGuardrail,
): Promise<Guard | Problem | undefined> {
    const { guardrailConfig } = request;
    if (!guardrailConfig) {
        return undefined;
    }
    const { guardrailIdentifier: identifier = "", guardrailVersion: version = "", trace } = guardrailConfig;
    const guardrail = await find({ identifier, version, region: regionOf(exchange) ?? "" });
    const problem = refusalOfGuardrail({ identifier, version }, guardrail !== undefined);
    return problem ?? (guardrail && new Guarding(guardrail, request, trace !== undefined && trace !== "disabled"));
}

class Guarding implements Guard {
    readonly #guardrail: GuardrailDefinition;
    readonly #request: ConverseRequest;
    readonly #isTraced: boolean;

    constructor(guardrail: GuardrailDefinition, request: ConverseRequest, isTraced: boolean) {
        this.#guardrail = guardrail;
        this.#request = request;
        this.#isTraced = isTraced;
    }

    checkInput(): Answer | undefined {
        const { isBlocked, assessment } = assess(this.#guardrail, "INPUT", examinedOf(this.#request));
        return isBlocked
            ? {
                  content: [{ text: this.#guardrail.blockedInputMessaging }],
                  stopReason: "guardrail_intervened",
                  skippedModel: true,
                  ...this.#trace("inputAssessment", assessment),
              }
            : undefined;
    }

    checkOutput(reply: Reply, streamed: boolean): Answer {
        const texts = examinedOfReply(reply);
        const { isBlocked, isMasked, texts: masked, assessment } = assess(this.#guardrail, "OUTPUT", texts);
        if (!isBlocked && !isMasked) {
            return reply;
        }
        const intervention = {
            stopReason: "guardrail_intervened",
            ...this.#trace("outputAssessments", assessment, texts),
        };
        if (!isBlocked) {
            const shown = reply.content.map((block) => (block.text ? { text: masked.shift() ?? "" } : block));
            return { content: shown, ...intervention };
        }
        const isAsync = streamed && this.#request.guardrailConfig?.streamProcessingMode === "async";
        const [first = ""] = texts;
        // In async mode the beginning is sent before the guardrail blocks (Bedrock user guide, Configure streaming response behavior).
        const sent = isAsync ? first.slice(0, Math.ceil(first.length / 2)) : "";
        return { content: [{ text: sent + this.#guardrail.blockedOutputsMessaging }], ...intervention };
    }

    #trace(name: "inputAssessment" | "outputAssessments", assessment: Assessment, modelOutput: string[] = []) {
        const { guardrailId } = this.#guardrail;
        const found = name === "inputAssessment" ? assessment : [assessment];
        return this.#isTraced ? { trace: { guardrail: { modelOutput, [name]: { [guardrailId]: found } } } } : {};
    }
}
