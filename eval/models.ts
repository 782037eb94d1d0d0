/** Who answers the calls of an evaluation: Bedrock, what stands in for it, or answers that were recorded before. */
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { ApiError } from "../docker/shared/apiErrors.ts";
import type { BedrockRuntimeClient, ConverseCommand, ConverseCommandOutput } from "../docker/shared/converse.ts";
import type { ConverseRequest, Reply } from "../standins/upstreams/model/reply.ts";

/** Tokens of calls. */
export interface Tokens {
    in: number;
    out: number;
}

/** A call that is not among the recorded ones. */
export class NotRecorded extends Error {
    override readonly name = "NotRecorded";
}

/** Errors that say something of a story or its prompts, not of access, throttling or time. */
const OF_THE_ANSWER = new Set(["content_refused", "bad_upstream_answer"]);

/**
 * Why the model gave no usable answer.
 *
 * @throws any error that is not about the answer
 */
export function failureOf(error: unknown): string {
    const cause = (error as Error).cause;
    if (cause instanceof NotRecorded) {
        throw cause;
    }
    if (error instanceof ApiError && OF_THE_ANSWER.has(error.error)) {
        return (cause as Error | undefined)?.message ?? error.message;
    }
    throw error;
}

type Send = (command: ConverseCommand, options?: { abortSignal?: AbortSignal }) => Promise<ConverseCommandOutput>;
/** What is asked of Bedrock's client, and of whatever answers in its place. */
export type Asked = Pick<BedrockRuntimeClient, "send">;

/** What a model says to a request, without a service around it. */
export type Answers = (request: ConverseRequest, signal?: AbortSignal) => Reply | Promise<Reply>;

/** A model that is asked without Bedrock. Tokens are counted as about four characters each. */
export function withoutBedrock(answers: Answers): Asked {
    return clientOf(async ({ input }, options) => {
        const { content, stopReason } = await answers(input as ConverseRequest, options?.abortSignal);
        const [inputTokens, outputTokens] = [tokensOf(input), tokensOf(content)];
        const usage = { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
        return { output: { message: { role: "assistant", content } }, stopReason, usage } as ConverseCommandOutput;
    });
}

const tokensOf = (value: object) => Math.ceil(JSON.stringify(value).length / 4);

/** Counts the tokens of what is asked of a client. */
export function counted(client: Asked, tokens: Tokens): BedrockRuntimeClient {
    return clientOf(async (command, options) => {
        const output = await (client.send as Send)(command, options);
        tokens.in += output.usage?.inputTokens ?? 0;
        tokens.out += output.usage?.outputTokens ?? 0;
        return output;
    });
}

/** Asks, and writes each answer to a file, in place of what was there. */
export function recorded(client: Asked, file: string): Asked {
    writeFileSync(file, "");
    return clientOf(async (command, options) => {
        const output = await (client.send as Send)(command, options);
        const { $metadata, ...answer } = output;
        appendFileSync(file, `${JSON.stringify({ key: keyOf(command), answer })}\n`);
        return output;
    });
}

/** Answers from a file alone. A call that it has no answer to fails: it would not be the run that was recorded. */
export function replayed(file: string): Asked {
    const answers = new Map<string, ConverseCommandOutput[]>();
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
        const { key, answer } = JSON.parse(line) as { key: string; answer: ConverseCommandOutput };
        answers.set(key, [...(answers.get(key) ?? []), answer]);
    }
    return clientOf(async (command) => {
        const known = answers.get(keyOf(command));
        const [answer] = known ?? [];
        if (!known || !answer) {
            throw new NotRecorded(
                `${file} has no answer to a call of ${command.input.modelId}: prompts, wishes or models have changed since ` +
                    "it was recorded. Record it anew with --record.",
            );
        }
        // The same call may have got several answers; the last one stands for all that follow.
        if (known.length > 1) {
            known.shift();
        }
        return answer;
    });
}

function keyOf({ input }: ConverseCommand): string {
    return createHash("sha256").update(JSON.stringify(input)).digest("hex");
}

function clientOf(send: Send): BedrockRuntimeClient {
    return { send } as unknown as BedrockRuntimeClient;
}
