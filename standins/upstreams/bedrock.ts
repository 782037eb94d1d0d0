/** Bedrock's Converse and ConverseStream on the wire. The model's replies are made in `model/`. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { faultAsError } from "./bedrockFaults.ts";
import { type Problem, refusalByRule } from "./bedrockRules.ts";
import type { Exchange } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { type FindGuardrail, regionOf } from "./guardrails/definition.ts";
import { type Answer, guardOf } from "./guardrails/guard.ts";
import { calledModel, type FindInferenceProfile } from "./inferenceProfiles.ts";
import { askModelServer, type ModelServer } from "./model/modelServer.ts";
import { type ConverseRequest, type Reply, type ReplyBlock, reply } from "./model/reply.ts";

const ROUTE = /^\/model\/(.+)\/(converse|converse-stream)$/;

/** The model, the guardrails and the application inference profiles of Bedrock. */
export interface Backend {
    /** The server that answers. Default: answers are made up here. */
    modelServer?: ModelServer;
    findGuardrail: FindGuardrail;
    findInferenceProfile: FindInferenceProfile;
}

export async function answerBedrock(
    exchange: Exchange,
    { modelServer, findGuardrail, findInferenceProfile }: Backend,
): Promise<void> {
    const route = ROUTE.exec(exchange.path);
    if (exchange.method !== "POST" || !route) {
        await failure(exchange, 404, "UnknownOperationException", "No such operation");
        return;
    }
    const { fault } = exchange;
    const [, model = "", operation] = route;
    const request = exchange.json() as ConverseRequest;
    const called = await calledModel(decodeURIComponent(model), regionOf(exchange), findInferenceProfile);
    const problem = refusalOf(exchange, called, request) ?? faultAsError(fault);
    if (problem && !(fault?.midway && operation === "converse-stream")) {
        await failure(exchange, problem.status, problem.code, problem.message, problem.headers);
        return;
    }
    const guard = await guardOf(exchange, request, findGuardrail);
    if (guard && "code" in guard) {
        await failure(exchange, guard.status, guard.code, guard.message);
        return;
    }
    const blocked = guard?.checkInput();
    const ask = () => (modelServer && !fault ? askServer(exchange, modelServer, request) : reply(request, fault));
    const modelReply = blocked ?? (await ask());
    if (!modelReply) {
        return;
    }
    const answer: Answer =
        blocked || !guard ? modelReply : guard.checkOutput(modelReply, operation === "converse-stream");
    if (operation === "converse") {
        await exchange.sendJson(
            200,
            {
                output: { message: { role: "assistant", content: answer.content } },
                stopReason: answer.stopReason,
                usage: usage(exchange, answer),
                metrics: { latencyMs: 1 },
                ...(answer.trace ? { trace: answer.trace } : {}),
            },
            { "x-amzn-requestid": requestId(exchange) },
        );
        return;
    }
    exchange.answer = { content: answer.content, stopReason: answer.stopReason };
    await stream(exchange, answer, fault, problem);
}

async function askServer(
    exchange: Exchange,
    server: ModelServer,
    request: ConverseRequest,
): Promise<Reply | undefined> {
    try {
        return await askModelServer(server, request);
    } catch (error) {
        await failure(
            exchange,
            424,
            "ModelErrorException",
            `The model server at ${server.url}: ${(error as Error).message}`,
        );
        return undefined;
    }
}

/** Bedrock's checks before it calls a model. */
function refusalOf(
    exchange: Exchange,
    called: { modelId: string; isCrossRegion: boolean },
    request: ConverseRequest,
): Problem | undefined {
    const invalid = (message: string) => ({ status: 400, code: "ValidationException", message });
    if (!/^(AWS4-HMAC-SHA256|Bearer) /.test(exchange.headers.authorization ?? "")) {
        return { status: 403, code: "MissingAuthenticationTokenException", message: "Missing Authentication Token" };
    }
    const { messages } = request;
    if (!Array.isArray(messages) || messages.length === 0) {
        return invalid(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        );
    }
    if (messages.some((message, at) => message.role !== (at % 2 === 0 ? "user" : "assistant"))) {
        return invalid("A conversation must alternate between user and assistant roles.");
    }
    if (messages.some(({ content }) => content.length === 0)) {
        return invalid("The content field in the Message object is empty.");
    }
    const usesTools = messages.some(({ content }) =>
        content.some((block) => "toolUse" in block || "toolResult" in block),
    );
    if (usesTools && !request.toolConfig) {
        return invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.");
    }
    if (unanswered(messages)) {
        return invalid("Expected toolResult blocks for all the toolUse blocks of the previous turn.");
    }
    const streamed = exchange.path.endsWith("-stream");
    return refusalByRule({ ...called, region: regionOf(exchange), streamed, request });
}

/** Whether a tool call of the model has no result in the next turn. */
function unanswered(messages: NonNullable<ConverseRequest["messages"]>): boolean {
    return messages.some(({ content }, at) => {
        const results = new Set(messages[at + 1]?.content.map((block) => block.toolResult?.toolUseId));
        return content.some((block) => block.toolUse && !results.has(block.toolUse.toolUseId));
    });
}

async function failure(
    exchange: Exchange,
    status: number,
    code: string,
    message: string,
    headers: Record<string, string> = {},
): Promise<void> {
    await exchange.sendJson(
        status,
        { message },
        { "x-amzn-errortype": code, "x-amzn-requestid": requestId(exchange), ...headers },
    );
}

async function stream(
    exchange: Exchange,
    answer: Answer,
    fault: Fault | undefined,
    problem: Problem | undefined,
): Promise<void> {
    const events = [
        event("messageStart", { role: "assistant" }),
        ...answer.content.flatMap(blockEvents),
        event("messageStop", { stopReason: answer.stopReason }),
        event("metadata", {
            usage: usage(exchange, answer),
            metrics: { latencyMs: 1 },
            ...(answer.trace ? { trace: answer.trace } : {}),
        }),
    ];
    const half = events.slice(0, Math.ceil(events.length / 2));
    const headers = { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": requestId(exchange) };
    if (problem) {
        exchange.used = undefined;
        await exchange.send(200, headers, ...half, exception(problem));
    } else if (fault?.kind === "stall" && fault.midway) {
        await exchange.start(200, headers, ...half);
        await sleep(fault.milliseconds ?? 2 ** 31 - 1, undefined, { ref: false });
        await exchange.finish(...events.slice(half.length));
    } else {
        await exchange.send(200, headers, ...events);
    }
}

function blockEvents(block: ReplyBlock, contentBlockIndex: number): Uint8Array[] {
    const delta = (part: object) => event("contentBlockDelta", { contentBlockIndex, delta: part });
    const stop = event("contentBlockStop", { contentBlockIndex });
    if (block.toolUse) {
        const { toolUseId, name, input } = block.toolUse;
        const parts = pieces(JSON.stringify(input)).map((part) => delta({ toolUse: { input: part } }));
        return [
            event("contentBlockStart", { contentBlockIndex, start: { toolUse: { toolUseId, name } } }),
            ...parts,
            stop,
        ];
    }
    return [...pieces(block.text ?? "").map((text) => delta({ text })), stop];
}

/** The pieces of a streamed text: many, but not thousands. */
function pieces(text: string): string[] {
    const size = Math.max(24, Math.ceil(text.length / 40));
    return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

const codec = new EventStreamCodec(
    (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8"),
    (text: string) => Buffer.from(text, "utf8"),
);

function event(type: string, content: object): Uint8Array {
    return frame({ ":message-type": "event", ":event-type": type }, content);
}

function exception({ code, message }: Problem): Uint8Array {
    const name = code === "ModelErrorException" ? "ModelStreamErrorException" : code;
    const type = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    return frame({ ":message-type": "exception", ":exception-type": type }, { message });
}

function frame(headers: Record<string, string>, content: object): Uint8Array {
    const all = { ...headers, ":content-type": "application/json" };
    return codec.encode({
        headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { type: "string", value }])),
        body: Buffer.from(JSON.stringify(content)),
    });
}

/** About four bytes to a token. */
function usage(exchange: Exchange, answer: Answer) {
    if (answer.skippedModel) {
        return { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
    }
    const inputTokens = Math.ceil(exchange.body.length / 4);
    const outputTokens = Math.ceil(JSON.stringify(answer.content).length / 4);
    exchange.used = { input_tokens: inputTokens, output_tokens: outputTokens };
    return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function requestId(exchange: Exchange): string {
    const hex = createHash("sha256").update(exchange.path).update(exchange.body).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
