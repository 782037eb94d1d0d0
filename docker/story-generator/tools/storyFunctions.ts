/**
 * Calls Story-42's functions: through the REST API with the caller's token, or by direct invocation. The gateway accepts
 * only ID tokens, so a caller with an access token, and a deployment without the API's address, use direct invocation.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { SpanKind } from "@opentelemetry/api";
import * as z from "zod";
import { adminGroup } from "../../../contract/defaults.ts";
import { type Operation, operations } from "../../../contract/operations.ts";
import { inSpan, traceHeaders } from "../../shared/tracing.ts";
import type { Caller } from "../access.ts";

/** The function failed. The message, the function's own if it gave one, is for the log. */
export class FunctionError extends Error {
    /** HTTP status of the answer; undefined without an answer. */
    readonly status: number | undefined;
    /** Seconds after which to retry, if the answer says so. */
    readonly retryAfter: number | undefined;

    constructor(message: string, status?: number, options?: ErrorOptions & { retryAfter?: number }) {
        super(message, options);
        this.name = "FunctionError";
        this.status = status;
        this.retryAfter = options?.retryAfter;
    }
}

export interface FunctionsOptions {
    lambda: LambdaClient;
    /** Base address of the REST API with its stage. */
    apiUrl: string | undefined;
    /** Names or ARNs of the functions. */
    names: Record<"text" | "image", string | undefined>;
    /** The user pool client whose tokens the service accepts. */
    clientId: string;
}

/** A call of one operation of the contract. */
export interface Call {
    /** The operation's name in the contract. */
    operation: string;
    body: Record<string, unknown>;
    caller: Caller;
    /** The call's `Idempotency-Key`: a retry gets the results that are already paid for. */
    key: string;
    timeoutMs: number;
    /** Aborts the wait, not the call, which is paid for by then and still stores its results. */
    signal: AbortSignal;
    /** Gets the call's promise, which is pending until the call has its answer. */
    keep: (call: Promise<unknown>) => void;
}

const envelope = z.object({ result: z.unknown().optional(), message: z.string().optional() });
const proxyAnswer = z.object({
    statusCode: z.number(),
    headers: z.record(z.string(), z.unknown()).optional(),
    multiValueHeaders: z.record(z.string(), z.array(z.unknown())).optional(),
    body: z.string().optional(),
});

interface FunctionAnswer {
    status: number;
    text: string;
    retryAfter?: number;
}

/** Errors of a request that was never sent: the function can't have run. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/**
 * How often an answer of one call may be lost: the connection closes (API Gateway closes an idle one, also at the moment of
 * its reuse), or the gateway gives up first (`integrationTimeout`: 29 s by default, Amazon API Gateway quotas).
 */
const MAX_LOST_ANSWERS = 2;

/** Separates the head and the body of a streamed answer. */
const STREAM_SEPARATOR = Buffer.alloc(8);

export class StoryFunctions {
    readonly #options: FunctionsOptions;

    constructor(options: FunctionsOptions) {
        this.#options = options;
    }

    /** The operation's `result`, parsed by `schema`. Throws FunctionError, or the signal's reason. */
    async call<Schema extends z.ZodType>(call: Call, schema: Schema): Promise<z.infer<Schema>> {
        const deadline = AbortSignal.timeout(call.timeoutMs);
        call.signal.throwIfAborted();
        try {
            const answer = inSpan(call.operation, { kind: SpanKind.CLIENT }, async (span) => {
                const given = await this.#answer(operationNamed(call.operation), call, deadline);
                span.setAttribute("http.response.status_code", given.status);
                return given;
            });
            call.keep(answer);
            return readAnswer(call.operation, await unlessAborted(answer, call.signal), schema);
        } catch (error) {
            call.signal.throwIfAborted();
            if (error instanceof FunctionError) {
                throw error;
            }
            const why = deadline.aborted ? `no answer in ${call.timeoutMs / 1000} s` : "not reachable";
            throw new FunctionError(`${call.operation}: ${why}`, undefined, { cause: error });
        }
    }

    async #answer(operation: Operation, call: Call, signal: AbortSignal): Promise<FunctionAnswer> {
        const name = this.#options.names[operation.function];
        const { apiUrl } = this.#options;
        const { idToken } = call.caller;
        if (apiUrl && idToken) {
            const answer = await overApi(apiUrl + operation.path, idToken, call, signal).catch((error: unknown) => {
                // After any other error the call may have been paid for.
                if (!name || !wasNeverSent(error)) {
                    throw error;
                }
                return undefined;
            });
            // These statuses are the gateway's own and say nothing about the function.
            const isGatewaysOwn = !answer || [401, 403, 404, 503].includes(answer.status);
            if (answer && !(isGatewaysOwn && name)) {
                return answer;
            }
        }
        if (!name) {
            throw new FunctionError(`${call.operation}: this deployment names no function for it`);
        }
        return this.#invoke(name, gatewayEvent(operation, call, this.#options.clientId), call.operation, signal);
    }

    async #invoke(
        name: string,
        event: Record<string, unknown>,
        operation: string,
        signal: AbortSignal,
    ): Promise<FunctionAnswer> {
        const invoked = await this.#options.lambda.send(
            new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
            { abortSignal: signal },
        );
        if (invoked.FunctionError || !invoked.Payload) {
            throw new FunctionError(`${operation}: the function failed`);
        }
        return readPayload(operation, Buffer.from(invoked.Payload));
    }
}

/** The result of `promise`; throws the signal's reason if the signal is aborted first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    let abort = () => {};
    const aborted = new Promise<never>((_resolve, reject) => {
        abort = () => reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
    });
    try {
        return await Promise.race([promise, aborted]);
    } finally {
        signal.removeEventListener("abort", abort);
    }
}

/** Sends the call, and again when its answer is lost: its key makes the function run once, and gives the first one's answer. */
async function overApi(address: string, idToken: string, call: Call, signal: AbortSignal): Promise<FunctionAnswer> {
    for (let lost = 0; ; ) {
        try {
            const answer = await send(address, idToken, call, signal);
            const isUnderWay = lost > 0 && answer.status === 409;
            if (!isUnderWay && !(isGatewayTimeout(answer) && lost < MAX_LOST_ANSWERS)) {
                return answer;
            }
            lost += isUnderWay ? 0 : 1;
            await wait((answer.retryAfter ?? 1) * 1_000, undefined, { signal });
        } catch (error) {
            if (signal.aborted || wasNeverSent(error) || lost >= MAX_LOST_ANSWERS) {
                throw error;
            }
            lost += 1;
        }
    }
}

function wasNeverSent(error: unknown): boolean {
    return NEVER_SENT.has((error as { cause?: { code?: string } }).cause?.code ?? "");
}

/** Whether API Gateway has given up waiting for the function, which goes on. */
function isGatewayTimeout({ status, text }: FunctionAnswer): boolean {
    return status === 504 && envelope.safeParse(parseJson(text)).data?.message === "Endpoint request timed out";
}

async function send(address: string, idToken: string, call: Call, signal: AbortSignal): Promise<FunctionAnswer> {
    const response = await fetch(address, {
        method: "POST",
        headers: {
            authorization: `Bearer ${idToken}`,
            "content-type": "application/json",
            "idempotency-key": call.key,
            ...traceHeaders(),
        },
        body: JSON.stringify(call.body),
        redirect: "error",
        signal,
    });
    const retryAfter = Number(response.headers.get("retry-after")) || undefined;
    return { status: response.status, text: await response.text(), retryAfter };
}

function operationNamed(name: string): Operation {
    const operation = operations.find((one) => one.name === name);
    if (!operation) {
        throw new Error(`the contract has no operation ${name}`);
    }
    return operation;
}

/** The gateway's event for this call; the claims can be trusted, since the service checked the caller's token. */
function gatewayEvent({ path }: Operation, { body, caller, key }: Call, clientId: string): Record<string, unknown> {
    const claims = {
        sub: caller.userId,
        token_use: "id",
        aud: clientId,
        email: caller.email ?? "",
        "cognito:username": caller.username,
        ...(caller.isAdmin ? { "cognito:groups": adminGroup } : {}),
    };
    return {
        resource: path,
        path,
        httpMethod: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key, ...traceHeaders() },
        multiValueHeaders: { "Content-Type": ["application/json"], "Idempotency-Key": [key] },
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        pathParameters: null,
        stageVariables: null,
        requestContext: {
            resourcePath: path,
            path,
            httpMethod: "POST",
            stage: "direct",
            requestId: randomUUID(),
            identity: { sourceIp: "127.0.0.1", userAgent: "story-generator" },
            authorizer: { claims },
        },
        body: JSON.stringify(body),
        isBase64Encoded: false,
    };
}

/** Parses a proxy answer: one JSON object, or a streamed head and body. */
function readPayload(operation: string, payload: Buffer): FunctionAnswer {
    const split = payload.indexOf(STREAM_SEPARATOR);
    const head = proxyAnswer.safeParse(parseJson(payload.subarray(0, split < 0 ? undefined : split).toString("utf8")));
    if (!head.success) {
        throw new FunctionError(`${operation}: the function's answer has an unknown shape`);
    }
    const text =
        split < 0 ? (head.data.body ?? "") : payload.subarray(split + STREAM_SEPARATOR.length).toString("utf8");
    const { statusCode: status, headers, multiValueHeaders } = head.data;
    const asked = Object.entries({ ...multiValueHeaders, ...headers }).find(([name]) => /^retry-after$/i.test(name));
    return { status, text, retryAfter: Number(asked?.[1]) || undefined };
}

function readAnswer<Schema extends z.ZodType>(
    operation: string,
    { status, text, retryAfter }: FunctionAnswer,
    schema: Schema,
): z.infer<Schema> {
    const answer = envelope.safeParse(parseJson(text));
    if (status !== 200) {
        const message = answer.data?.message?.slice(0, 300) ?? `it answered ${status}`;
        throw new FunctionError(`${operation}: ${message}`, status, { retryAfter });
    }
    const result = schema.safeParse(answer.data?.result);
    if (!result.success) {
        throw new FunctionError(`${operation}: the answer breaks the contract`, 502);
    }
    return result.data;
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
