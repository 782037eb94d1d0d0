/**
 * A Lambda function behind the REST API: routes by the contract, validates the body, identifies the caller, records the call
 * and answers in the contract's shapes, buffered or streamed.
 */
import { createHash, randomUUID } from "node:crypto";
import { Router } from "@aws-lambda-powertools/event-handler/http";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import { adminGroup } from "../../contract/defaults.ts";
import { bodyProblems, idempotencyKey, type Operation, operations } from "../../contract/operations.ts";
import { isUserId } from "../../contract/userId.ts";
import { ApiError, badRequest, tooSlow } from "./apiErrors.ts";
import { type ReleaseSlot, takeSlot } from "./callSlots.ts";
import { beginCall, endCall } from "./idempotency.ts";
import {
    callKey,
    type IdempotentRow,
    idempotentCallKey,
    type SessionRow,
    type SessionsTable,
} from "./sessionsTable.ts";
import { answerInSpan, forStory, traceFields } from "./tracing.ts";
import { countedCall } from "./usage/functionCall.ts";
import type { Usage } from "./usage/usage.ts";

/** The caller, from the claims of the gateway's authorizer. */
export interface Caller {
    sub: string;
    email: string;
    username: string;
}

/** Identifies one call. */
export interface Call {
    /** Safe in a bucket key. Calls of a caller with the same `Idempotency-Key` have the same id. */
    id: string;
    /** Whether the caller sent an `Idempotency-Key` and may retry: paid results are kept until then. */
    isNamed: boolean;
}

/** Answers one operation: takes a validated body, returns the result with metadata that is added to the request's fields. */
export type OperationHandler<Body = Record<string, unknown>> = (
    body: Body,
    caller: Caller,
    signal: AbortSignal,
    call: Call,
) => Promise<Record<string, unknown> & { metadata?: Record<string, unknown> }>;

/** Pairs each operation of a function with its handler, by the operation's name. Throws when an operation has no handler. */
export function handlersOf(
    name: Operation["function"],
    handlers: Record<string, OperationHandler>,
): ApiFunctionOptions["handlers"] {
    return operations
        .filter((operation) => operation.function === name)
        .map((operation) => {
            const handle = handlers[operation.name];
            if (!handle) {
                throw new Error(`nothing answers the operation ${operation.name}`);
            }
            return { operation, handle };
        });
}

export interface ApiFunctionOptions {
    /** The operations of this function, each with its handler. */
    handlers: { operation: Operation; handle: OperationHandler }[];
    table: SessionsTable;
    /** Undefined when usage is not counted. */
    usage?: Usage;
    /** The user pool client whose users may call. */
    clientId: string;
    serviceName: string;
    environment: string;
    /** Origins whose pages may read answers. */
    corsOrigins: string[];
    /** Whether the gateway accepts a streamed answer. */
    streamed: boolean;
    /** Seconds that the gateway waits for an answer. */
    timeoutSeconds: number;
    /** Whether the handlers keep the partial results of an idempotent call and continue from them on a retry. */
    keepsPartialWork: boolean;
}

/** API Gateway ends the connection when a regional endpoint is silent for five minutes. */
const MAX_TIMEOUT_MS = 290_000;
/** Share of the gateway's timeout for the work; the rest is for the answer that reports a timeout. */
const WORK_SHARE = 0.9;
const MAX_BODY_BYTES = 1_000_000;

/** Lambda's API for streamed answers; exists only in Lambda's runtime. */
declare const awslambda:
    | {
          streamifyResponse(
              handler: (event: APIGatewayProxyEvent, stream: NodeJS.WritableStream, context: Context) => Promise<void>,
          ): unknown;
          HttpResponseStream: {
              from(
                  stream: NodeJS.WritableStream,
                  head: { statusCode: number; headers: Record<string, string> },
              ): NodeJS.WritableStream;
          };
      }
    | undefined;

/** The function's Lambda handler. */
export function createApiHandler(options: ApiFunctionOptions) {
    const logger = new Logger({ serviceName: options.serviceName });
    const metrics = new Metrics({ namespace: "Story42", serviceName: options.serviceName });
    metrics.setDefaultDimensions({ environment: options.environment });
    const router = new Router({ logger });
    for (const { operation, handle } of options.handlers) {
        router.post(operation.path, ({ event, context }) => {
            const { headers } = event as APIGatewayProxyEvent;
            return answerInSpan({ method: "POST", route: operation.path, headers }, () => {
                logger.appendKeys(traceFields());
                return answerCall(
                    { operation, handle, options, logger, metrics, context },
                    event as APIGatewayProxyEvent,
                );
            });
        });
    }
    router.notFound(async () =>
        Response.json(
            { error: "not_found", message: "There is no such operation", request_id: randomUUID() },
            { status: 404 },
        ),
    );

    const buffered = (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> =>
        router.resolve(event, context) as Promise<APIGatewayProxyResult>;
    if (!options.streamed || typeof awslambda === "undefined") {
        return buffered;
    }
    const { streamifyResponse, HttpResponseStream } = awslambda;
    return streamifyResponse(async (event, stream, context) => {
        const { statusCode, body, headers, multiValueHeaders } = await buffered(event, context);
        const several = Object.entries(multiValueHeaders ?? {}).map(([name, values]) => [name, values.join(", ")]);
        const head = {
            statusCode,
            headers: { ...(headers as Record<string, string>), ...Object.fromEntries(several) },
        };
        const responseBody = HttpResponseStream.from(stream, head);
        responseBody.end(body);
    });
}

interface CallContext {
    operation: Operation;
    handle: OperationHandler;
    options: ApiFunctionOptions;
    logger: Logger;
    metrics: Metrics;
    context: Context;
}

interface Outcome {
    status: number;
    answer: object;
    retryAfter?: number;
}

async function answerCall(parts: CallContext, event: APIGatewayProxyEvent): Promise<Response> {
    const { operation, options, metrics } = parts;
    const requestId = event.requestContext?.requestId || randomUUID();
    const started = Date.now();
    const headers = corsHeaders(event, options.corsOrigins);
    const { status, answer, retryAfter } = await outcomeOf(parts, event, requestId);
    metrics.addDimension("operation", operation.name);
    metrics.addMetric("duration", MetricUnit.Milliseconds, Date.now() - started);
    metrics.addMetric(status < 500 ? "answered" : "failed", MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
    return Response.json(answer, {
        status,
        headers: { ...headers, ...(retryAfter ? { "Retry-After": String(retryAfter) } : {}) },
    });
}

/** Answers and records the call. A call that a stored record answers or refuses is not executed. */
async function outcomeOf(parts: CallContext, event: APIGatewayProxyEvent, requestId: string): Promise<Outcome> {
    const { operation, options } = parts;
    const caller = callerOf(event, options.clientId);
    if (!caller) {
        return failed(parts, requestId, new ApiError(401, "unauthorized", "Unauthorized"));
    }
    const rowOf = (body: Record<string, unknown>) => newRow(operation, caller, body, requestId);
    let body: Record<string, unknown>;
    let call: Call;
    try {
        body = checkedBody(operation, event);
        call = callOf(event, requestId);
    } catch (error) {
        return recorded(parts, rowOf({}), requestId, failed(parts, requestId, error));
    }
    const timeoutMs = timeoutOf(parts);
    const owner = { userId: caller.sub, isAdmin: isAdmin(event), story: jobIdOf(body, requestId) };
    const make = () =>
        forStory(owner.story, () =>
            countedCall(options.usage, owner, () =>
                succeed(parts, body, caller, requestId, AbortSignal.timeout(timeoutMs * WORK_SHARE), call),
            ),
        ).then(
            (answer): Outcome => ({ status: 200, answer }),
            (error: unknown) => failed(parts, requestId, error),
        );
    const execute = async (): Promise<Outcome> => {
        if (!call.isNamed) {
            return recorded(parts, rowOf(body), requestId, await make());
        }
        try {
            const session_id = idempotentCallKey(jobIdOf(body, call.id), call.id, operation.route);
            const begun = await beginCall(
                options.table,
                { ...rowOf(body), session_id },
                options.keepsPartialWork,
                timeoutMs,
            );
            return "answer" in begun
                ? { status: 200, answer: begun.answer }
                : recorded(parts, begun.held, requestId, await make());
        } catch (error) {
            if (error instanceof ApiError) {
                return failed(parts, requestId, error);
            }
            // An unavailable table never fails a call.
            return recorded(parts, rowOf(body), requestId, await make());
        }
    };
    return withSlot(parts, caller, timeoutMs, requestId, execute);
}

/** The call's timeout in milliseconds: the gateway's timeout or Lambda's remaining time, whichever is shorter. */
function timeoutOf({ options, context }: CallContext): number {
    // A caller other than Lambda may have no time limit.
    const left = context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    return Math.min(options.timeoutSeconds * 1000, MAX_TIMEOUT_MS, left);
}

/** Runs `use` while the call holds one of its person's slots; answers 429 when all slots are taken. */
async function withSlot(
    parts: CallContext,
    { sub }: Caller,
    timeoutMs: number,
    requestId: string,
    use: () => Promise<Outcome>,
): Promise<Outcome> {
    const { operation, options, logger } = parts;
    let free: ReleaseSlot | undefined;
    try {
        free = await takeSlot(options.table, sub, operation.function, Date.now() + timeoutMs);
    } catch (error) {
        if (error instanceof ApiError) {
            return failed(parts, requestId, error);
        }
        // An unavailable table never fails a call.
        logger.warn("call not counted", { request_id: requestId, cause: (error as Error).name });
    }
    try {
        return await use();
    } finally {
        await free?.();
    }
}

function failed({ operation, logger }: CallContext, requestId: string, error: unknown): Outcome {
    const known = error instanceof ApiError ? error : unexpected(error);
    // The message of an unexpected error may contain anything: only its name and place are logged.
    logger.error("call failed", {
        operation: operation.name,
        request_id: requestId,
        status: known.status,
        ...loggable(known),
    });
    return {
        status: known.status,
        answer: {
            ...known.fields,
            ...{ error: known.error, message: known.message, request_id: requestId },
            ...traceFields(),
        },
        retryAfter: known.retryAfter,
    };
}

async function succeed(
    { operation, handle }: CallContext,
    body: Record<string, unknown>,
    caller: Caller,
    requestId: string,
    signal: AbortSignal,
    call: Call,
): Promise<object> {
    const { metadata: handlerMetadata, ...result } = await handle(body, caller, signal, call).catch(
        (error: unknown) => {
            throw signal.aborted && !(error instanceof ApiError) ? tooSlow("service", error) : error;
        },
    );
    const { user_id: _theirs, ...parameters } = body;
    const metadata = {
        ...withoutContent(parameters),
        ...handlerMetadata,
        user_id: caller.sub,
        job_id: jobIdOf(body, requestId),
        created_timestamp: new Date().toISOString(),
    };
    return {
        success: true,
        route: operation.route,
        result: { ...result, metadata },
        authenticated_user: caller,
        request_id: requestId,
    };
}

/** The request's fields without the story's text. */
function withoutContent(body: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value !== "object"));
}

const jobIdOf = (body: Record<string, unknown>, requestId: string) =>
    typeof body.job_id === "string" ? body.job_id : requestId;

function checkedBody(operation: Operation, event: APIGatewayProxyEvent): Record<string, unknown> {
    const text = event.isBase64Encoded ? Buffer.from(event.body ?? "", "base64").toString() : (event.body ?? "");
    if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
        throw badRequest([`the body is over ${MAX_BODY_BYTES} bytes`]);
    }
    let body: unknown;
    try {
        body = JSON.parse(text);
    } catch {
        throw badRequest(["the body is not JSON"]);
    }
    const parsed = operation.request.safeParse(body);
    if (!parsed.success) {
        throw badRequest(bodyProblems(parsed.error));
    }
    return parsed.data;
}

/** The caller in the claims. The authorizer accepts any token of the user pool; here only an ID token of `clientId` counts. */
function callerOf(event: APIGatewayProxyEvent, clientId: string): Caller | undefined {
    const claims = event.requestContext?.authorizer?.claims as Record<string, string> | undefined;
    const { sub = "", token_use, aud, email = "", username = sub } = claims ?? {};
    if (token_use !== "id" || aud !== clientId || !isUserId(sub)) {
        return undefined;
    }
    return { sub, email, username: claims?.["cognito:username"] ?? username };
}

/** Whether the caller is an administrator. The gateway passes a list claim as one string. */
function isAdmin(event: APIGatewayProxyEvent): boolean {
    const groups = event.requestContext?.authorizer?.claims?.["cognito:groups"] as string | undefined;
    return (groups ?? "").split(/[[\],\s]+/).includes(adminGroup);
}

function callOf(event: APIGatewayProxyEvent, requestId: string): Call {
    const named = headerOf(event, "idempotency-key");
    const problem = idempotencyKey.optional().safeParse(named).error?.issues[0];
    if (problem) {
        throw badRequest([`Idempotency-Key ${problem.message}`]);
    }
    const id = createHash("sha256")
        .update(named ?? requestId)
        .digest("hex")
        .slice(0, 32);
    return { id, isNamed: named !== undefined };
}

function headerOf({ headers }: APIGatewayProxyEvent, wanted: string): string | undefined {
    return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

function corsHeaders(event: APIGatewayProxyEvent, allowed: string[]): Record<string, string> {
    const origin = headerOf(event, "origin");
    return origin && allowed.includes(origin)
        ? { "Access-Control-Allow-Origin": origin, Vary: "Origin" }
        : { Vary: "Origin" };
}

function unexpected(cause: unknown): ApiError {
    return new ApiError(500, "internal_error", "Something went wrong on our side. Try again.", { cause });
}

function loggable(error: ApiError): Record<string, unknown> {
    const cause = error.cause as Error | undefined;
    return { error: error.error, ...error.logged, cause: cause?.name, at: cause?.stack?.split("\n").slice(1, 4) };
}

function newRow({ route }: Operation, caller: Caller, body: Record<string, unknown>, requestId: string): SessionRow {
    const now = new Date();
    const job_id = jobIdOf(body, requestId);
    return {
        user_id: caller.sub,
        session_id: callKey(job_id, requestId),
        job_id,
        timestamp: now.getTime(),
        route,
        request: JSON.stringify(body),
        response: "null",
        created_at: now.toISOString(),
    };
}

/** Records the outcome and returns it; an unavailable table never fails a call. */
async function recorded(
    { options: { table }, logger }: CallContext,
    row: SessionRow | IdempotentRow,
    requestId: string,
    outcome: Outcome,
): Promise<Outcome> {
    const response = JSON.stringify(outcome.answer);
    try {
        await ("version" in row ? endCall(table, row, response) : table.put({ ...row, response }));
    } catch (error) {
        logger.warn("call not recorded", { request_id: requestId, cause: (error as Error).name });
    }
    return outcome;
}
