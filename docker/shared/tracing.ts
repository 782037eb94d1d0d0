/**
 * Spans of what this part does, in one trace with what the other parts do, by OpenTelemetry and its `gen_ai.*` conventions
 * (semantic-conventions, docs/gen-ai, as of v1.37). Where tracing is off, nothing of the SDK is loaded and every function
 * here only does its work.
 */
import {
    type Attributes,
    type Context,
    context,
    createContextKey,
    INVALID_SPAN_CONTEXT,
    propagation,
    type Span,
    SpanKind,
    type SpanOptions,
    SpanStatusCode,
    type Tracer,
    trace,
} from "@opentelemetry/api";
import * as z from "zod";
import { readEnvironment } from "./environment.ts";

const given = z.preprocess(
    (value) => (value === "" ? undefined : value),
    z.url({ protocol: /^https?$/, error: "must be an http or https address" }).optional(),
);
const variables = z.object({
    /** `content` records prompts and answers too. */
    TRACING: z.enum(["off", "on", "content"]).default("off"),
    /** Where spans go, by OTLP/HTTP; in Lambda without it, to Lambda's own X-Ray daemon. */
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: given,
    /** Set by Lambda. */
    AWS_XRAY_DAEMON_ADDRESS: z.string().optional(),
    ENVIRONMENT: z.string().optional(),
});

/** What started tracing gives: makes spans, and sends what is left of them. */
export interface Tracing {
    tracer: Tracer;
    flush(): Promise<void>;
}

let tracing: Tracing | undefined;
let recordsContent = false;

/**
 * Starts tracing where the environment asks for it. `onLost` is told, at most once a minute, why spans could not be sent.
 * Throws, naming the variable, where the environment asks for what can't be.
 */
export async function startTracing(service: string, onLost: (why: string) => void): Promise<void> {
    const env = readEnvironment(variables);
    if (env.TRACING === "off") {
        return;
    }
    const { openTelemetry } = await import("./openTelemetry.ts");
    recordsContent = env.TRACING === "content";
    tracing = openTelemetry({
        service,
        environment: env.ENVIRONMENT,
        endpoint: env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
        daemon: env.AWS_XRAY_DAEMON_ADDRESS,
        onLost,
    });
}

/** Sends the spans that are not sent yet, for as long as that takes, which is not long. */
export async function flushTracing(): Promise<void> {
    await tracing?.flush();
}

/** Whether there are traces. */
export const isTracing = (): boolean => tracing !== undefined;

const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** What `work` gives, in a span of its own that ends with it. */
export async function inSpan<T>(
    name: string,
    options: SpanOptions,
    work: (span: Span) => Promise<T>,
    parent: Context = context.active(),
): Promise<T> {
    const span = startSpan(name, options, parent);
    if (span === NO_SPAN) {
        return work(span);
    }
    try {
        return await context.with(trace.setSpan(parent, span), work, undefined, span);
    } catch (error) {
        failSpan(span, error);
        throw error;
    } finally {
        span.end();
    }
}

/** A span for what is no single function; who starts it ends it. */
export function startSpan(name: string, options: SpanOptions, parent: Context = context.active()): Span {
    return tracing?.tracer.startSpan(name, options, parent) ?? NO_SPAN;
}

/** Marks a span as failed: by the error's short name, never by its message, which may hold anything. */
export function failSpan(span: Span | undefined, error: unknown): void {
    const { error: code, name, status } = (error ?? {}) as { error?: unknown; name?: string; status?: unknown };
    span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.setAttribute("error.type", typeof code === "string" ? code : (name ?? "_OTHER"));
    if (typeof status === "number") {
        span?.setAttribute("http.response.status_code", status);
    }
}

/** Marks the span that this is in as failed, where what failed is told in another way than by throwing. */
export const failActiveSpan = (error: unknown): void => failSpan(trace.getActiveSpan(), error);

export const STORY = createContextKey("the story that something is done for");
/** A story is to its models what the conventions call a conversation. */
export const STORY_ATTRIBUTE = "gen_ai.conversation.id";

/** What `work` gives; the span that it is in, and all within, carry the story's id. */
export function forStory<T>(id: string, work: () => T): T {
    if (!tracing) {
        return work();
    }
    trace.getActiveSpan()?.setAttribute(STORY_ATTRIBUTE, id);
    return context.with(context.active().setValue(STORY, id), work);
}

/** The trace that something belongs to, as log lines and answers name it; nothing where there is none. */
export function traceFields(): { trace_id?: string } {
    const span = trace.getActiveSpan();
    return span ? { trace_id: span.spanContext().traceId } : {};
}

/** The headers with which a call to another part of Story-42 goes on with this trace. */
export function traceHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    return headers;
}

/**
 * The trace that a caller's headers go on with. In Lambda, `_X_AMZN_TRACE_ID` names the function's own segment: the parent
 * where that segment belongs to the same trace, or where the headers name none.
 */
export function traceOf(
    headers: Record<string, string | undefined> | null | undefined,
    ofLambda = process.env._X_AMZN_TRACE_ID,
): Context {
    const named = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "traceparent")?.[1];
    const called = propagation.extract(context.active(), named ? { traceparent: named } : {});
    const lambda = propagation.extract(context.active(), ofLambda ? { "x-amzn-trace-id": ofLambda } : {});
    const ofCaller = trace.getSpanContext(called);
    const ofSegment = trace.getSpanContext(lambda);
    const isOther = ofCaller && ofCaller.traceId !== ofSegment?.traceId;
    return ofSegment && !isOther ? lambda : called;
}

/** An answer to a request, in a span that goes on with the trace of the request's headers. */
export async function answerInSpan<Answer extends { status: number }>(
    { method, route, headers }: { method: string; route: string; headers: Parameters<typeof traceOf>[0] },
    answer: () => Promise<Answer>,
): Promise<Answer> {
    const attributes = { "http.request.method": method, "http.route": route };
    return inSpan(
        `${method} ${route}`,
        { kind: SpanKind.SERVER, attributes },
        async (span) => {
            const given = await answer();
            span.setAttribute("http.response.status_code", given.status);
            if (given.status >= 500) {
                span.setStatus({ code: SpanStatusCode.ERROR });
            }
            return given;
        },
        traceOf(headers),
    );
}

interface AwsClient {
    middlewareStack: { add(middleware: AwsMiddleware, options: { step: "initialize"; name: string }): void };
}
// biome-ignore lint/suspicious/noExplicitAny: what the SDK calls with, and gives, is each client's own
type AwsMiddleware = (next: (args: any) => Promise<any>, about: any) => (args: any) => Promise<any>;

/** A client of AWS, each call of which is a span; tracing is started before. */
export function traced<Client extends AwsClient>(client: Client): Client {
    if (tracing) {
        const inItsSpan: AwsMiddleware = (next, { clientName, commandName }) => {
            const service = String(clientName).replace(/Client$/, "");
            const method = String(commandName).replace(/Command$/, "");
            const attributes = { "rpc.system": "aws-api", "rpc.service": service, "rpc.method": method };
            return (args) => inSpan(`${service}/${method}`, { kind: SpanKind.CLIENT, attributes }, () => next(args));
        };
        client.middlewareStack.add(inItsSpan, { step: "initialize", name: "trace" });
    }
    return client;
}

/** A call to a generative model. `provider`: as the conventions name it, or of ours where they have none. */
export function modelCall(provider: string, operation: string, model: string | undefined, more: Attributes = {}) {
    return {
        name: model ? `${operation} ${model}` : operation,
        options: {
            kind: SpanKind.CLIENT,
            attributes: {
                "gen_ai.operation.name": operation,
                "gen_ai.provider.name": provider,
                ...(model ? { "gen_ai.request.model": model } : {}),
                ...more,
            },
        },
    };
}

export interface Usage {
    inputTokens?: number;
    outputTokens?: number;
    cacheReadInputTokens?: number;
    cacheWriteInputTokens?: number;
}

/** What a model's answer says of itself. `finishReason`: in the provider's own word. */
export function recordAnswer(
    span: Span,
    { usage, finishReason, ...it }: { usage?: Usage; finishReason?: string; model?: string; id?: string },
): void {
    const attributes: Attributes = {
        "gen_ai.response.model": it.model,
        "gen_ai.response.id": it.id,
        "gen_ai.response.finish_reasons": finishReason === undefined ? undefined : [finishReason],
        "gen_ai.usage.input_tokens": usage?.inputTokens,
        "gen_ai.usage.output_tokens": usage?.outputTokens,
        "gen_ai.usage.cache_read.input_tokens": usage?.cacheReadInputTokens,
        "gen_ai.usage.cache_creation.input_tokens": usage?.cacheWriteInputTokens,
    };
    span.setAttributes(Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)));
}

/** Characters of one prompt or answer that a span keeps: the endpoint of X-Ray takes 200 KB for a span. */
const MAX_CONTENT_CHARACTERS = 8_000;
/** What no span says, whoever wrote it: tokens and keys, and addresses of people and of the web. */
const HIDDEN: [RegExp, string][] = [
    [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "[token]"],
    [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bBearer\s+\S+/g, "[key]"],
    [/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'<>\\]+/gi, "[address]"],
    [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, "[address]"],
];

/** Prompts and answers, where the environment asks for them; `what` is only asked for then. */
export function recordContent(span: Span, what: () => Record<string, unknown>): void {
    if (!recordsContent || !span.isRecording()) {
        return;
    }
    for (const [name, value] of Object.entries(what())) {
        span.setAttribute(`gen_ai.${name}`, shown(typeof value === "string" ? value : JSON.stringify(value)));
    }
}

function shown(text = ""): string {
    // What lies beyond is cut off before it is looked through; a part that the cut goes through may be half a secret.
    const cut =
        text.length > MAX_CONTENT_CHARACTERS ? text.slice(0, MAX_CONTENT_CHARACTERS).replace(/\S{0,200}$/, "…") : text;
    const hidden = HIDDEN.reduce((told, [secret, name]) => told.replace(secret, name), cut);
    // A part of a long string would keep all of it.
    return Buffer.from(hidden).toString();
}
