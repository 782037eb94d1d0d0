/** A guardrail around a call of a model: before it, and over what it says. */
import { type Problem, refusalOfGuardrail } from "../bedrockRules.ts";
import type { Exchange } from "../exchange.ts";
import type { ConverseRequest, Reply } from "../model/reply.ts";
import { type Assessment, assess } from "./assess.ts";
import { type FindGuardrail, type GuardrailDefinition, regionOf } from "./definition.ts";
import { examinedOf, examinedOfReply } from "./examine.ts";

/** What Bedrock answers. */
export interface Answer extends Reply {
    /** What the guardrail found, where the call asks for it. */
    trace?: { guardrail: Record<string, unknown> };
    /** The model was not asked: no tokens were used. */
    unasked?: true;
}

export interface Guard {
    /** The answer in place of the model's, where the request is stopped. */
    onTheWayIn(): Answer | undefined;
    /** The model's answer, or what is put in its place. */
    onTheWayOut(said: Reply, streamed: boolean): Answer;
}

/** The guardrail of a call, or what Bedrock refuses about it; undefined where the call names none. */
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

    onTheWayIn(): Answer | undefined {
        const { isBlocked, assessment } = assess(this.#guardrail, "INPUT", examinedOf(this.#request));
        return isBlocked
            ? {
                  content: [{ text: this.#guardrail.blockedInputMessaging }],
                  stopReason: "guardrail_intervened",
                  unasked: true,
                  ...this.#trace("inputAssessment", assessment),
              }
            : undefined;
    }

    onTheWayOut(said: Reply, streamed: boolean): Answer {
        const texts = examinedOfReply(said);
        const { isBlocked, isMasked, texts: masked, assessment } = assess(this.#guardrail, "OUTPUT", texts);
        if (!isBlocked && !isMasked) {
            return said;
        }
        const told = { stopReason: "guardrail_intervened", ...this.#trace("outputAssessments", assessment, texts) };
        if (!isBlocked) {
            const shown = said.content.map((block) => (block.text ? { text: masked.shift() ?? "" } : block));
            return { content: shown, ...told };
        }
        const isAsync = streamed && this.#request.guardrailConfig?.streamProcessingMode === "async";
        const [first = ""] = texts;
        // While the guardrail looks, the beginning has gone out (Bedrock user guide, Configure streaming response behavior).
        const gone = isAsync ? first.slice(0, Math.ceil(first.length / 2)) : "";
        return { content: [{ text: gone + this.#guardrail.blockedOutputsMessaging }], ...told };
    }

    #trace(name: "inputAssessment" | "outputAssessments", assessment: Assessment, modelOutput: string[] = []) {
        const { guardrailId } = this.#guardrail;
        const found = name === "inputAssessment" ? assessment : [assessment];
        return this.#isTraced ? { trace: { guardrail: { modelOutput, [name]: { [guardrailId]: found } } } } : {};
    }
}
