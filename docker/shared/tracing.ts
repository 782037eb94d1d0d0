/**
 * Spans of this part, in one trace with the other parts, by OpenTelemetry and its `gen_ai.*` conventions
 * (semantic-conventions, docs/gen-ai, as of v1.37). When tracing is off, the SDK is not loaded and the functions here only
 * run their `work`.
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
    TraceFlags,
    type Tracer,
    trace,
} from "@opentelemetry/api";
import * as z from "zod";
import { type Counters, NANO_USD } from "../../contract/usage.ts";
import { readEnvironment } from "./environment.ts";
import { promptAttributes } from "./prompts.ts";

const optionalUrl = z.preprocess(
    (value) => (value === "" ? undefined : value),
    z.url({ protocol: /^https?$/, error: "must be an http or https address" }).optional(),
);
const variables = z.object({
    /** `content` also records prompts and answers. */
    TRACING: z.enum(["off", "on", "content"]).default("off"),
    /** The OTLP/HTTP endpoint. Default in Lambda: Lambda's own X-Ray daemon. */
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optionalUrl,
    /** Set by Lambda. */
    AWS_XRAY_DAEMON_ADDRESS: z.string().optional(),
    ENVIRONMENT: z.string().optional(),
});

/** Started tracing: makes spans and flushes them. */
export interface Tracing {
    tracer: Tracer;
    flush(): Promise<void>;
}

let tracing: Tracing | undefined;
let recordsContent = false;

/**
 * Starts tracing if the environment enables it. `onLost` is called, at most once a minute, with the reason why spans could
 * not be sent. Throws an error that names the variable whose value is impossible.
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

/** Sends the queued spans and waits until they are sent, or until the export's timeout. */
export async function flushTracing(): Promise<void> {
    await tracing?.flush();
}

/** Whether tracing is on. */
export const isTracing = (): boolean => tracing !== undefined;

const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** Runs `work` in a span of its own and returns its result. */
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

/** Starts a span for work that is not a single function; the caller ends it. */
export function startSpan(name: string, options: SpanOptions, parent: Context = context.active()): Span {
    return tracing?.tracer.startSpan(name, options, parent) ?? NO_SPAN;
}

/** Marks a span as failed with the error's short name, never with its message, which may contain anything. */
export function failSpan(span: Span | undefined, error: unknown): void {
    const { error: code, name, status } = (error ?? {}) as { error?: unknown; name?: string; status?: unknown };
    span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.setAttribute("error.type", typeof code === "string" ? code : (name ?? "_OTHER"));
    if (typeof status === "number") {
        span?.setAttribute("http.response.status_code", status);
    }
}

/** Marks the active span as failed, for failures that are reported without throwing. */
export const failActiveSpan = (error: unknown): void => failSpan(trace.getActiveSpan(), error);

export const STORY = createContextKey("the story that something is done for");
/** The conventions' attribute for a conversation, here a story. */
export const STORY_ATTRIBUTE = "gen_ai.conversation.id";

/** Runs `work`; the active span and all spans within get the story's id. */
export function forStory<T>(id: string, work: () => T): T {
    if (!tracing) {
        return work();
    }
    trace.getActiveSpan()?.setAttribute(STORY_ATTRIBUTE, id);
    return context.with(context.active().setValue(STORY, id), work);
}

/** The active trace's id as a field of log lines and answers; empty without a trace. */
export function traceFields(): { trace_id?: string } {
    const span = trace.getActiveSpan();
    return span ? { trace_id: span.spanContext().traceId } : {};
}

/** The headers that continue this trace in a call to another part of Story-42. */
export function traceHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    return headers;
}

/**
 * The trace of a caller's headers. In Lambda, `_X_AMZN_TRACE_ID` names the function's own segment: the parent when that
 * segment belongs to the same trace, or when the headers have no trace.
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

/** Whether a caller's headers name a trace that is recorded. */
export function isSampled(headers: { traceparent: string | undefined }): boolean {
    const caller = headers.traceparent === undefined ? undefined : trace.getSpanContext(traceOf(headers));
    return caller !== undefined && (caller.traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** Answers a request in a span of the trace of the request's headers. */
export async function answerInSpan<Answer extends { status: number }>(
    { method, route, headers }: { method: string; route: string; headers: Parameters<typeof traceOf>[0] },
    answer: () => Promise<Answer>,
): Promise<Answer> {
    const attributes = { "http.request.method": method, "http.route": route };
    return inSpan(
        `${method} ${route}`,
        { kind: SpanKind.SERVER, attributes },
        async (span) => {
            const response = await answer();
            span.setAttribute("http.response.status_code", response.status);
            if (response.status >= 500) {
                span.setStatus({ code: SpanStatusCode.ERROR });
            }
            return response;
        },
        traceOf(headers),
    );
}

/** A call to a generative model. `provider`: the conventions' name, or our own where they have none. */
export function modelCall(provider: string, operation: string, model: string | undefined, more: Attributes = {}) {
    return {
        name: model ? `${operation} ${model}` : operation,
        options: {
            kind: SpanKind.CLIENT,
            attributes: {
                "gen_ai.operation.name": operation,
                "gen_ai.provider.name": provider,
                ...(model ? { "gen_ai.request.model": model } : {}),
                ...promptAttributes(),
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

/** Records the metadata of a model's answer. `finishReason`: the provider's own term. */
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

/** Records the cost of a call, by the price table; or that it is not known. */
export function recordCost(span: Span | undefined, { nano_usd, unpriced, unmetered }: Counters): void {
    if (unpriced + unmetered > 0) {
        span?.setAttribute("story42.cost.unknown", true);
    } else {
        span?.setAttribute("story42.cost.usd", nano_usd / NANO_USD);
    }
}

/** Characters of one prompt or answer in a span: X-Ray's endpoint accepts 200 KB per span. */
const MAX_CONTENT_CHARACTERS = 8_000;
/** Patterns that are redacted in every span: tokens, keys, e-mail and web addresses. */
const REDACTIONS: [RegExp, string][] = [
    [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "[token]"],
    [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bBearer\s+\S+/g, "[key]"],
    [/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'<>\\]+/gi, "[address]"],
    [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, "[address]"],
];

/** Records prompts and answers if the environment enables it; `what` is called only then. */
export function recordContent(span: Span, what: () => Record<string, unknown>): void {
    if (!recordsContent || !span.isRecording()) {
        return;
    }
    for (const [name, value] of Object.entries(what())) {
        span.setAttribute(`gen_ai.${name}`, redact(typeof value === "string" ? value : JSON.stringify(value)));
    }
}

function redact(text = ""): string {
    // Cuts before it redacts, which bounds the work; the word at the cut may be half a secret.
    const cut =
        text.length > MAX_CONTENT_CHARACTERS ? text.slice(0, MAX_CONTENT_CHARACTERS).replace(/\S{0,200}$/, "…") : text;
    const hidden = REDACTIONS.reduce((redacted, [secret, name]) => redacted.replace(secret, name), cut);
    // A substring would keep the whole string in memory.
    return Buffer.from(hidden).toString();
}
