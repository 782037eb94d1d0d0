/** Asks one question: a Strands agent with its tools and time limit, and an answer that matches the schema. */
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
import { byPrompts, fill, promptAttributes, versionOf } from "../../shared/prompts.ts";
import { inSpan } from "../../shared/tracing.ts";
import { DATA_RULE } from "../../shared/untrustedData.ts";
import type { AgentModel } from "./models.ts";
import { type AgentPrompts, prompts as ownPrompts } from "./prompts.ts";

/** Model turns of one question: tool calls, and repairs of an invalid answer. */
const MAX_TURNS = 6;

/** A question is retried once when no answer was valid, when the connection broke, or when the model failed. */
const MAX_ATTEMPTS = 2;

export interface Question<Answer extends z.ZodType> {
    /** The agent by whose prompts the model is asked; also for traces and errors. */
    agent: Exclude<keyof AgentPrompts, "answer">;
    /** Values of the prompts' placeholders. Default: none. */
    values?: Record<string, string | number>;
    /** Material, quoted as data for the model. */
    data: Record<string, unknown>;
    answer: Answer;
    tools?: Tool[];
    signal: AbortSignal;
}

/** A question with the texts for the model. */
type FilledQuestion<Answer extends z.ZodType> = Question<Answer> & { role: string; task: string };

/** The model gave no valid answer. */
export class AgentError extends Error {
    constructor(agent: string, cause: unknown) {
        super(`the ${agent} agent got no usable answer from the model`, { cause });
        this.name = "AgentError";
    }
}

/** The model refuses the content; a retry does not help. */
export class ModelRefusal extends Error {
    constructor(agent: string) {
        super(`the model refuses what the ${agent} agent asked of it`);
        this.name = "ModelRefusal";
    }
}

/** The guardrail blocked the agent's question or answer. */
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

/** Called for each model that failed an agent, also when another model answers. */
type OnFailedModel = (agent: string, modelId: string, error: unknown) => void;

/**
 * Asks agents with the first usable model. `timeoutMs` bounds each attempt, repairs included; the guardrail checks questions
 * and answers.
 */
export class Agents {
    /** The version of all agents' prompts. */
    readonly promptVersion: string;
    readonly #prompts: AgentPrompts;
    readonly #models: readonly [AgentModel, ...AgentModel[]];
    readonly #timeoutMs: number;
    readonly #onFailedModel: OnFailedModel;
    readonly #guardrail: Guardrail | undefined;

    constructor(
        models: readonly [AgentModel, ...AgentModel[]],
        timeoutMs: number,
        onFailedModel: OnFailedModel,
        guardrail?: Guardrail,
        prompts = ownPrompts,
    ) {
        this.promptVersion = versionOf(prompts);
        this.#prompts = prompts;
        this.#models = models;
        this.#timeoutMs = timeoutMs;
        this.#onFailedModel = onFailedModel;
        this.#guardrail = guardrail;
    }

    /**
     * Throws AgentError when the model fails, ModelUnavailable when no model can be used, ModelRefusal when the model refuses,
     * GuardrailStop when the guardrail blocks, the signal's reason when the run is cancelled.
     */
    async ask<Answer extends z.ZodType>(question: Question<Answer>): Promise<z.infer<Answer>> {
        const { agent, values = {} } = question;
        const { role, task } = this.#prompts[agent];
        const filled = {
            ...question,
            role: `${fill(role, values)}\n\n${DATA_RULE}\n\n${this.#prompts.answer}`,
            task: fill(task, values),
        };
        return byPrompts(this.promptVersion, () => this.#askInTurn(filled));
    }

    async #askInTurn<Answer extends z.ZodType>(question: FilledQuestion<Answer>): Promise<z.infer<Answer>> {
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

    async #askModel<Answer extends z.ZodType>(
        model: AgentModel,
        question: FilledQuestion<Answer>,
    ): Promise<z.infer<Answer>> {
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
                            ...promptAttributes(),
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

    async #askOnce<Answer extends z.ZodType>(
        model: AgentModel,
        question: FilledQuestion<Answer>,
    ): Promise<z.infer<Answer>> {
        const agent = new Agent({
            model,
            name: question.agent,
            systemPrompt: question.role,
            tools: question.tools ?? [],
            structuredOutputSchema: question.answer,
            printer: false,
            retryStrategy: new ThrottlingRetryStrategy(),
        });
        // The SDK forces a refused answer once more, which then fails the schema: only the stop reason shows the refusal.
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
        const invocation = agent.invoke(guarded(this.#guardrail, question.task, question.data), {
            cancelSignal: AbortSignal.any([question.signal, deadline, refusal.signal]),
            limits: { turns: MAX_TURNS },
        });
        const result = await invocation.catch((error) => {
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
 * Retries throttled calls, each of which the AWS client has tried twice already: waits about 7 s in all, longer if the
 * service asks for it.
 */
class ThrottlingRetryStrategy extends DefaultModelRetryStrategy {
    constructor() {
        super({ maxAttempts: 4, backoff: new ExponentialBackoff({ baseMs: 1_000, maxMs: 4_000 }) });
    }

    protected override computeRetryDecision(event: AfterModelCallEvent) {
        const decision = super.computeRetryDecision(event);
        const { $response } = (event.error?.cause ?? {}) as ThrottlingException;
        const retryAfterMs = Number($response?.headers["retry-after"]) * 1_000;
        return decision.retry && retryAfterMs > decision.waitMs
            ? { retry: true as const, waitMs: retryAfterMs }
            : decision;
    }
}

class NonsenseError extends Error {
    constructor(stopReason: string) {
        super(`the model stopped (${stopReason}) without an answer that fits`);
        this.name = "NonsenseError";
    }
}

/** Not retryable: a timeout, throttling after all waits, and errors that the request caused. */
function isRetryable(error: unknown): boolean {
    if ((error as Error).name === "TimeoutError" || error instanceof ModelThrottledError) {
        return false;
    }
    const isClientError = (it: { $fault?: string }) => it.$fault === "client" && !isModelError(it);
    return !serviceError(error, isClientError);
}

/** Whether the model failed on the question. */
function isBrokenDown(error: unknown): boolean {
    return Boolean(serviceError(error, isModelError));
}

/** The first result of `look` in an error's chain of causes: the SDK wraps the service's errors. */
function serviceError<Found>(error: unknown, look: (error: object) => Found): Found | undefined {
    for (let it: unknown = error; typeof it === "object" && it !== null; it = (it as Error).cause) {
        const found = look(it);
        if (found) {
            return found;
        }
    }
    return undefined;
}
