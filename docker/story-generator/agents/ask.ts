/** One question to one agent: a Strands agent made for it, its tools, its time, and an answer that fits its schema. */
import type { ThrottlingException } from "@aws-sdk/client-bedrock-runtime";
import {
    AfterModelCallEvent,
    Agent,
    DefaultModelRetryStrategy,
    ExponentialBackoff,
    ModelThrottledError,
    type Tool,
} from "@strands-agents/sdk";
import type { z } from "zod";
import { type Guardrail, guarded } from "../../shared/guardrail.ts";
import { isModelError, type Unavailability, unavailability } from "../../shared/models.ts";
import { inSpan } from "../../shared/tracing.ts";
import { DATA_RULE } from "../../shared/untrustedData.ts";
import type { AgentModel } from "./models.ts";

/** Model turns that one question may take: tool calls, and repairs of an answer that does not fit. */
const MAX_TURNS = 6;

/** A question is asked again once when the answer was nonsense to the end, broke off or broke the model down. */
const MAX_ATTEMPTS = 2;

/** Not every model can be made to call a tool; all can be told. The name is the SDK's. */
const ANSWER_RULE = "Give your answer by calling the tool strands_structured_output, last of all.";

export interface Question<Answer extends z.ZodType> {
    /** The agent's id, for traces and errors. */
    agent: string;
    /** Who the agent is and how it works. */
    role: string;
    /** What it shall do now. */
    task: string;
    /** Material, given to the model as data. */
    data: Record<string, unknown>;
    answer: Answer;
    tools?: Tool[];
    signal: AbortSignal;
}

/** The model gave no answer that fits. */
export class AgentError extends Error {
    constructor(agent: string, cause: unknown) {
        super(`the ${agent} agent got no usable answer from the model`, { cause });
        this.name = "AgentError";
    }
}

/** The model will not write this, however often it is asked. */
export class ModelRefusal extends Error {
    constructor(agent: string) {
        super(`the model refuses what the ${agent} agent asked of it`);
        this.name = "ModelRefusal";
    }
}

/** The guardrail stopped what the agent was asked, or what it answered. */
export class GuardrailStop extends ModelRefusal {
    constructor(agent: string) {
        super(agent);
        this.message = `the guardrail stopped the ${agent} agent`;
        this.name = "GuardrailStop";
    }
}

/** No model of the deployment can be used. */
export class ModelUnavailable extends Error {
    readonly model: string;
    readonly why: Unavailability;

    constructor(model: string, why: Unavailability, cause: unknown) {
        const what = why === "gone" ? "it no longer exists" : "access to it is refused";
        super(`the language model ${model} can't be used: ${what}`, { cause });
        this.name = "ModelUnavailable";
        this.model = model;
        this.why = why;
    }
}

const REFUSED = new Set(["contentFiltered", "guardrailIntervened", "refusal"]);

/** Told of a model that did not answer an agent, whether or not another does. */
type OnFailedModel = (agent: string, modelId: string, error: unknown) => void;

/**
 * Asks agents on the first model that can be used. `timeoutMs` bounds each ask, repairs included; a guardrail looks at what they
 * are given and at what they answer.
 */
export class Agents {
    readonly #models: readonly [AgentModel, ...AgentModel[]];
    readonly #timeoutMs: number;
    readonly #onFailedModel: OnFailedModel;
    readonly #guardrail: Guardrail | undefined;

    constructor(
        models: readonly [AgentModel, ...AgentModel[]],
        timeoutMs: number,
        onFailedModel: OnFailedModel,
        guardrail?: Guardrail,
    ) {
        this.#models = models;
        this.#timeoutMs = timeoutMs;
        this.#onFailedModel = onFailedModel;
        this.#guardrail = guardrail;
    }

    /**
     * Throws AgentError when the model fails, ModelUnavailable when none can be used, ModelRefusal when it will not,
     * GuardrailStop when the guardrail stops it, the signal's reason when the run is cancelled.
     */
    async ask<Answer extends z.ZodType>(question: Question<Answer>): Promise<z.infer<Answer>> {
        let first: unknown;
        for (const model of this.#models) {
            try {
                return await this.#askModel(model, question);
            } catch (error) {
                question.signal.throwIfAborted();
                if (!(error instanceof ModelUnavailable) && !isBrokenDown(error)) {
                    throw error;
                }
                this.#onFailedModel(question.agent, model.id, error);
                first ??= error;
            }
        }
        throw first;
    }

    async #askModel<Answer extends z.ZodType>(model: AgentModel, question: Question<Answer>): Promise<z.infer<Answer>> {
        let failure: unknown;
        for (let ask = 1; ask <= MAX_ATTEMPTS; ask += 1) {
            try {
                return await inSpan(
                    `invoke_agent ${question.agent}`,
                    {
                        attributes: {
                            "gen_ai.operation.name": "invoke_agent",
                            "gen_ai.agent.name": question.agent,
                            "gen_ai.provider.name": "aws.bedrock",
                            "gen_ai.request.model": model.id,
                            "story42.attempt": ask,
                        },
                    },
                    () => this.#askOnce(model, question),
                );
            } catch (error) {
                question.signal.throwIfAborted();
                if (error instanceof ModelRefusal) {
                    throw error;
                }
                const why = serviceError(error, unavailability);
                if (why) {
                    throw new ModelUnavailable(model.id, why, error);
                }
                failure = error;
                if (!isRetryable(error)) {
                    break;
                }
            }
        }
        throw new AgentError(question.agent, failure);
    }

    async #askOnce<Answer extends z.ZodType>(model: AgentModel, question: Question<Answer>): Promise<z.infer<Answer>> {
        const agent = new Agent({
            model,
            name: question.agent,
            systemPrompt: `${question.role}\n\n${DATA_RULE}\n\n${ANSWER_RULE}`,
            tools: question.tools ?? [],
            structuredOutputSchema: question.answer,
            printer: false,
            retryStrategy: new PatientRetryStrategy(),
        });
        // A refused answer is forced once more by the SDK and then fails for its shape: only the stop tells them apart.
        const refusal = new AbortController();
        agent.addHook(AfterModelCallEvent, ({ stopData }) => {
            const { stopReason = "" } = stopData ?? {};
            if (stopReason === "guardrailIntervened" && this.#guardrail) {
                this.#guardrail.intervened();
                refusal.abort(new GuardrailStop(question.agent));
            } else if (REFUSED.has(stopReason)) {
                refusal.abort(new ModelRefusal(question.agent));
            }
        });
        const deadline = AbortSignal.timeout(this.#timeoutMs);
        const asked = agent.invoke(guarded(this.#guardrail, question.task, question.data), {
            cancelSignal: AbortSignal.any([question.signal, deadline, refusal.signal]),
            limits: { turns: MAX_TURNS },
        });
        const result = await asked.catch((error) => {
            refusal.signal.throwIfAborted();
            deadline.throwIfAborted();
            throw error;
        });
        question.signal.throwIfAborted();
        refusal.signal.throwIfAborted();
        const parsed = question.answer.safeParse(result.structuredOutput);
        if (!parsed.success) {
            throw deadline.aborted ? deadline.reason : new NonsenseError(String(result.stopReason));
        }
        if (await this.#guardrail?.stops("OUTPUT", parsed.data, AbortSignal.any([question.signal, deadline]))) {
            throw new GuardrailStop(question.agent);
        }
        return parsed.data;
    }
}

/**
 * For throttled calls, each of which the AWS client has tried twice already: some 7 s of waiting in all, longer where the
 * service says so.
 */
class PatientRetryStrategy extends DefaultModelRetryStrategy {
    constructor() {
        super({ maxAttempts: 4, backoff: new ExponentialBackoff({ baseMs: 1_000, maxMs: 4_000 }) });
    }

    protected override computeRetryDecision(event: AfterModelCallEvent) {
        const decision = super.computeRetryDecision(event);
        const { $response } = (event.error?.cause ?? {}) as ThrottlingException;
        const asked = Number($response?.headers["retry-after"]) * 1_000;
        return decision.retry && asked > decision.waitMs ? { retry: true as const, waitMs: asked } : decision;
    }
}

class NonsenseError extends Error {
    constructor(stopReason: string) {
        super(`the model stopped (${stopReason}) without an answer that fits`);
        this.name = "NonsenseError";
    }
}

/** Not when the time is over, when the model is throttled after all the waiting, or when it refuses the call itself. */
function isRetryable(error: unknown): boolean {
    if ((error as Error).name === "TimeoutError" || error instanceof ModelThrottledError) {
        return false;
    }
    const isClients = (it: { $fault?: string }) => it.$fault === "client" && !isModelError(it);
    return !serviceError(error, isClients);
}

/** Whether an agent got no answer because the model broke down over the question. */
function isBrokenDown(error: unknown): boolean {
    return Boolean(serviceError(error, isModelError));
}

/** What `look` finds in an error or in what it was caused by: the SDK wraps the service's own. */
function serviceError<Found>(error: unknown, look: (error: object) => Found): Found | undefined {
    for (let it: unknown = error; typeof it === "object" && it !== null; it = (it as Error).cause) {
        const found = look(it);
        if (found) {
            return found;
        }
    }
    return undefined;
}
