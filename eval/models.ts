/** Clients for the calls of an evaluation: Bedrock, a stand-in for it, or recorded answers. */
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { ApiError } from "../docker/shared/apiErrors.ts";
import type { BedrockRuntimeClient, ConverseCommand, ConverseCommandOutput } from "../docker/shared/converse.ts";
import type { PictureMaker } from "../docker/shared/pictures.ts";
import type { ConverseRequest, Reply } from "../standins/upstreams/model/reply.ts";

export interface Tokens {
    in: number;
    out: number;
}

/** A call without a recorded answer. */
export class NotRecorded extends Error {
    override readonly name = "NotRecorded";
}

/** Errors about a story or its prompts, not about access, throttling or timeouts. */
const ANSWER_ERRORS = new Set(["content_refused", "bad_upstream_answer"]);

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
    if (error instanceof ApiError && ANSWER_ERRORS.has(error.error)) {
        return (cause as Error | undefined)?.message ?? error.message;
    }
    throw error;
}

type Send = (command: ConverseCommand, options?: { abortSignal?: AbortSignal }) => Promise<ConverseCommandOutput>;
/** The part of Bedrock's client that an evaluation uses. */
export type ModelClient = Pick<BedrockRuntimeClient, "send">;

/** A model as a function, without a service. */
export type Model = (request: ConverseRequest, signal?: AbortSignal) => Reply | Promise<Reply>;

/** A client for a model without Bedrock. A token is counted as about four characters. */
export function withoutBedrock(model: Model): ModelClient {
    return clientOf(async ({ input }, options) => {
        const { content, stopReason } = await model(input as ConverseRequest, options?.abortSignal);
        const [inputTokens, outputTokens] = [tokensOf(input), tokensOf(content)];
        const usage = { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
        return { output: { message: { role: "assistant", content } }, stopReason, usage } as ConverseCommandOutput;
    });
}

const tokensOf = (value: object) => Math.ceil(JSON.stringify(value).length / 4);

/** A client that counts the tokens of its calls. */
export function counted(client: ModelClient, tokens: Tokens): BedrockRuntimeClient {
    return clientOf(async (command, options) => {
        const output = await (client.send as Send)(command, options);
        tokens.in += output.usage?.inputTokens ?? 0;
        tokens.out += output.usage?.outputTokens ?? 0;
        return output;
    });
}

/** A client that also writes each answer to a file, which is overwritten. */
export function recorded(client: ModelClient, file: string): ModelClient {
    writeFileSync(file, "");
    return clientOf(async (command, options) => {
        const output = await (client.send as Send)(command, options);
        const { $metadata, ...answer } = output;
        appendFileSync(file, `${JSON.stringify({ key: keyOf(command), answer })}\n`);
        return output;
    });
}

/** Pictures that are also written to a file, in addition to what it contains. */
export function recordedPictures(maker: PictureMaker, file: string): PictureMaker {
    return {
        draw: async (text, references, signal) => {
            const { data, mimeType } = await maker.draw(text, references, signal);
            const picture = { mimeType, base64: data.toString("base64") };
            appendFileSync(file, `${JSON.stringify({ key: hashOf(text), picture })}\n`);
            return { data, mimeType };
        },
    };
}

/** Pictures from a file only. */
export function replayedPictures(file: string): PictureMaker {
    const next = inTurn(file, ({ picture }) => picture);
    return {
        draw: async (text) => {
            const found = next(hashOf(text));
            if (!found) {
                throw new NotRecorded(`${file} lacks a picture: record it anew with --record and --pictures.`);
            }
            return { data: Buffer.from(found.base64, "base64"), mimeType: found.mimeType };
        },
    };
}

/** A line of such a file: an answer, or a picture. */
interface Line {
    key: string;
    answer?: ConverseCommandOutput;
    picture?: { mimeType: string; base64: string };
}

const linesOf = (file: string) =>
    readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line): Line => JSON.parse(line));

/** A client that answers from a file only. A call without an answer fails, since the run differs from the recorded one. */
export function replayed(file: string): ModelClient {
    const next = inTurn(file, ({ answer }) => answer);
    return clientOf(async (command) => {
        const answer = next(keyOf(command));
        if (!answer) {
            throw new NotRecorded(
                `${file} has no answer to a call of ${command.input.modelId}: prompts, wishes or models have changed since ` +
                    "it was recorded. Record it anew with --record.",
            );
        }
        return answer;
    });
}

/** What was recorded for a key, in turn: it may be several; the last one is repeated. */
function inTurn<Recorded>(
    file: string,
    of: (line: Line) => Recorded | undefined,
): (key: string) => Recorded | undefined {
    const found = new Map<string, Recorded[]>();
    for (const line of linesOf(file)) {
        const one = of(line);
        found.set(line.key, [...(found.get(line.key) ?? []), ...(one ? [one] : [])]);
    }
    return (key) => {
        const known = found.get(key) ?? [];
        return known.length > 1 ? known.shift() : known[0];
    };
}

const keyOf = ({ input }: ConverseCommand) => hashOf(JSON.stringify(input));

function hashOf(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

function clientOf(send: Send): BedrockRuntimeClient {
    return { send } as unknown as BedrockRuntimeClient;
}
