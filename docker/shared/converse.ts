/** Calls Bedrock's Converse API for an answer that matches a schema and rules, or throws a specific error. */
import {
    type BedrockRuntimeClient,
    type ContentBlock,
    ConverseCommand,
    type ConverseCommandOutput,
    type ImageBlock,
    type Message,
    ModelTimeoutException,
    ThrottlingException,
    type ToolChoice,
} from "@aws-sdk/client-bedrock-runtime";
import * as z from "zod";
import { type TextModelRules, textModelRules } from "../../contract/models.ts";
import { ApiError, badGateway, modelUnavailable, refused, throttled, tooSlow } from "./apiErrors.ts";
import { upstreamTimeoutMs } from "./environment.ts";
import { type Guardrail, guarded, stoppedByGuardrail } from "./guardrail.ts";
import { type InferenceProfiles, isModelError, unavailability } from "./models.ts";
import { toolSchema } from "./toolSchema.ts";
import { inSpan, modelCall, recordAnswer, recordContent } from "./tracing.ts";
import { DATA_RULE, quoteData } from "./untrustedData.ts";
import { metered, tokensUsed } from "./usage/meter.ts";

export type { BedrockRuntimeClient, ConverseCommand, ConverseCommandOutput };

const MAX_ATTEMPTS = 3;
const TOOL = "answer";

export interface Question<Answer> {
    /** The models, in the order of the attempts. */
    models: readonly [string, ...string[]];
    /** Default: models are called by their ids. */
    inferenceProfiles?: InferenceProfiles;
    maxTokens: number;
    /** The system prompt: the model's role and way of working. */
    role: string;
    /** The task of this call. */
    task: string;
    /** The request, given as data. */
    data: Record<string, unknown>;
    /** Pictures that the task is about. Default: none. */
    pictures?: readonly ImageBlock[];
    schema: z.ZodType<Answer>;
    /** Checks rules that a schema can't express; returns each violation as an instruction for the repair. Default: none. */
    problems?: (answer: Answer) => string[];
    signal: AbortSignal;
    /** Checks the data and the answer. Default: no guardrail. */
    guardrail?: Guardrail;
    /** Called for each model that failed, also when another model answers. */
    onFailedModel: (modelId: string, error: ApiError) => void;
}

/** An answer and the model that gave it. */
export interface Answered<Answer> {
    answer: Answer;
    modelId: string;
}

/**
 * Asks until the answer is valid, at most three times; each repair message lists the violations. A model that can't be used,
 * or that failed twice on the question, is replaced by the next one.
 *
 * @throws ApiError 422 when the model refuses or the guardrail stops it, 429 when throttled, 502 when no answer fits or no model can be used, 504
 * when it is too slow
 */
export async function converse<Answer>(
    bedrock: BedrockRuntimeClient,
    question: Question<Answer>,
): Promise<Answered<Answer>> {
    let first: ApiError | undefined;
    for (const modelId of question.models) {
        try {
            return { answer: await converseWith(bedrock, modelId, question), modelId };
        } catch (error) {
            if (!(error instanceof ApiError) || !isOfTheModel(error)) {
                throw error;
            }
            question.onFailedModel(modelId, error);
            first ??= error;
        }
    }
    throw first;
}

/** Whether another model may succeed. */
function isOfTheModel(error: ApiError): boolean {
    return error.error === "model_unavailable" || isModelError(error.cause ?? {});
}

async function converseWith<Answer>(
    bedrock: BedrockRuntimeClient,
    modelId: string,
    question: Question<Answer>,
): Promise<Answer> {
    const rules = textModelRules(modelId);
    const { guardrail, task, data, pictures = [] } = question;
    const content = [...guarded(guardrail, task, data), ...pictures.map((image) => ({ image }))];
    const messages: Message[] = [{ role: "user", content }];
    let problems: string[] = [];
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
        const output = await send(bedrock, modelId, rules, question, messages);
        // Reasoning content is not sent back: few models accept it.
        const content = (output.output?.message?.content ?? []).filter((block) => !block.reasoningContent);
        const found = read(content, question);
        if ("answer" in found) {
            await guardrail?.check("OUTPUT", found.answer, question.signal);
            return found.answer;
        }
        problems = found.problems;
        messages.push(...repair(content, problems, rules));
    }
    throw badGateway("language model", new Error(problems.join("; ")));
}

async function send(
    bedrock: BedrockRuntimeClient,
    modelId: string,
    rules: TextModelRules,
    { inferenceProfiles = {}, maxTokens, role, schema, signal, guardrail }: Omit<Question<unknown>, "problems">,
    messages: Message[],
): Promise<ConverseCommandOutput> {
    const deadline = AbortSignal.timeout(upstreamTimeoutMs());
    const json = toolSchema(z.toJSONSchema(schema, { unrepresentable: "any", io: "input" }), rules.toolSchema);
    const command = new ConverseCommand({
        modelId: inferenceProfiles[modelId] ?? modelId,
        system: [
            { text: `${role}\n\n${DATA_RULE}\n\nAnswer by calling the tool "${TOOL}" once, and say nothing else.` },
        ],
        messages,
        inferenceConfig: {
            maxTokens: Math.min(maxTokens, rules.maxTokens ?? maxTokens),
            temperature: rules.inference?.temperature,
        },
        additionalModelRequestFields: rules.inference?.additional,
        toolConfig: {
            tools: [
                {
                    toolSpec: {
                        name: TOOL,
                        description: "Gives the answer.",
                        inputSchema: { json: json as never },
                    },
                },
            ],
            toolChoice: choiceOf(rules),
        },
        guardrailConfig: guardrail?.configuration,
    });
    const either = AbortSignal.any([signal, deadline]);
    const { name, options } = modelCall("aws.bedrock", "chat", modelId);
    const ask = () =>
        inSpan(name, options, async (span) => {
            recordContent(span, () => ({ "input.messages": messages, system_instructions: role }));
            const output = await metered(
                modelId,
                () => bedrock.send(command, { abortSignal: either }),
                ({ usage }) => tokensUsed(usage),
            );
            recordAnswer(span, { usage: output.usage, finishReason: output.stopReason });
            recordContent(span, () => ({ "output.messages": [output.output?.message] }));
            return output;
        });
    try {
        // A reused connection may just have closed, Bedrock may be briefly unavailable, and a model may fail on a question
        // once: none of these gave an answer, so none counts as an attempt.
        const output = await ask().catch((error) =>
            (wasLost(error) || isModelError(error)) && !either.aborted ? ask() : Promise.reject(error),
        );
        if (output.stopReason === "guardrail_intervened" && guardrail) {
            guardrail.intervened();
            throw stoppedByGuardrail();
        }
        if (output.stopReason === "content_filtered" || output.stopReason === "guardrail_intervened") {
            throw refused("language model");
        }
        return output;
    } catch (error) {
        throw explained(error, modelId, signal.aborted || deadline.aborted);
    }
}

function choiceOf({ toolChoice }: TextModelRules): ToolChoice | undefined {
    return toolChoice === "auto" ? undefined : toolChoice === "any" ? { any: {} } : { tool: { name: TOOL } };
}

/** Whether the call got no verdict: the connection broke, or the service had an internal error. */
function wasLost(error: { $fault?: string }): boolean {
    return error.$fault !== "client";
}

function explained(error: unknown, modelId: string, outOfTime: boolean): unknown {
    const name = (error as Error).name;
    if (error instanceof ApiError) {
        return error;
    }
    // The SDK also reports a lost connection as a time-out, so only the clock and the service's own error count.
    if (outOfTime || error instanceof ModelTimeoutException) {
        return tooSlow("language model", error);
    }
    if (error instanceof ThrottlingException || name === "ServiceQuotaExceededException") {
        return throttled("language model", error, retryAfterSeconds(error as ThrottlingException));
    }
    const why = unavailability(error);
    return why ? modelUnavailable("language model", modelId, why, error) : badGateway("language model", error);
}

/** Seconds after which to retry, if the service says so: in a header, or because the daily quota is used up. */
function retryAfterSeconds({ $response, message }: ThrottlingException): number | undefined {
    const asked = Number($response?.headers["retry-after"]);
    return asked > 0 ? Math.ceil(asked) : /per day/i.test(message) ? 3_600 : undefined;
}

/** The answer if it is valid, else the violations. */
function read<Answer>(
    content: ContentBlock[],
    question: Question<Answer>,
): { answer: Answer } | { problems: string[] } {
    const candidate = content.find((block) => block.toolUse?.name === TOOL)?.toolUse?.input ?? fromText(content);
    if (candidate === undefined) {
        return { problems: [`the answer must be given by calling the tool "${TOOL}"`] };
    }
    const parsed = question.schema.safeParse(candidate);
    if (!parsed.success) {
        return {
            problems: parsed.error.issues.map((issue) => `${issue.path.join(".") || "the answer"}: ${issue.message}`),
        };
    }
    const problems = question.problems?.(parsed.data) ?? [];
    return problems.length > 0 ? { problems } : { answer: parsed.data };
}

/** Some models write the answer as text instead of calling the tool. */
function fromText(content: ContentBlock[]): unknown {
    const text = content.map((block) => block.text ?? "").join("");
    const [json] = /\{[\s\S]*\}/.exec(text) ?? [];
    try {
        return json === undefined ? undefined : JSON.parse(json);
    } catch {
        return undefined;
    }
}

/** The invalid answer and the repair message. Each tool call must be answered, or Bedrock refuses the conversation. */
function repair(content: ContentBlock[], problems: string[], { toolResultStatus }: TextModelRules): Message[] {
    // The violations may quote text that a person wrote.
    const text = `The answer breaks rules. What is wrong with it:\n${quoteData(problems.slice(0, 20))}\nGive the whole answer again with all of that mended.`;
    const calls = content.flatMap((block) => (block.toolUse ? [block.toolUse] : []));
    const assistantContent: ContentBlock[] = content.length > 0 ? content : [{ text: "(no answer)" }];
    const results: ContentBlock[] = calls.map(({ toolUseId }) => ({
        toolResult: { toolUseId, ...(toolResultStatus ? { status: "error" } : {}), content: [{ text }] },
    }));
    return [
        { role: "assistant", content: assistantContent },
        { role: "user", content: results.length > 0 ? results : [{ text }] },
    ];
}
