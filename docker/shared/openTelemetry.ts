/**
 * OpenTelemetry's SDK, loaded only when tracing is on. Queues a bounded number of ended spans and exports them in the
 * background: by OTLP/HTTP in JSON, signed for X-Ray's own endpoint, or to Lambda's X-Ray daemon.
 */
import { createSocket, type Socket } from "node:dgram";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { context, propagation, SpanKind, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
    CompositePropagator,
    type ExportResult,
    ExportResultCode,
    W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { AWSXRayIdGenerator } from "@opentelemetry/id-generator-aws-xray";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { AWSXRayPropagator } from "@opentelemetry/propagator-aws-xray";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
    BatchSpanProcessor,
    type ReadableSpan,
    type Span,
    type SpanExporter,
    type SpanProcessor,
    TracerProvider,
} from "@opentelemetry/sdk-trace";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import { STORY, STORY_ATTRIBUTE, type Tracing } from "./tracing.ts";

export interface OpenTelemetryOptions {
    /** The `service.name` of the spans. */
    service: string;
    environment: string | undefined;
    /** The OTLP/HTTP endpoint. */
    endpoint: string | undefined;
    /** Lambda's X-Ray daemon, `HOST:PORT`; used without an endpoint. */
    daemon: string | undefined;
    /** Called at most once a minute with the reason why spans could not be sent. */
    onLost: (why: string) => void;
}

/** Spans in the queue; further spans are dropped. */
const MAX_QUEUED_SPANS = 1_000;
/** Spans of one request: X-Ray's endpoint accepts 5 MB, and a span with content may have 75 KB. */
const MAX_BATCH_SPANS = 64;
const SEND_INTERVAL_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;
const REPORT_INTERVAL_MS = 60_000;
/** Longer attribute values are cut off; intended values are shorter. */
const MAX_VALUE_CHARACTERS = 8_192;

export function openTelemetry({ service, environment, endpoint, daemon, onLost }: OpenTelemetryOptions): Tracing {
    if (!endpoint && !daemon) {
        throw new Error("TRACING needs OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, which is not set");
    }
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    // API Gateway and Lambda read X-Ray's header; where both headers exist, the later propagator wins.
    propagation.setGlobalPropagator(
        new CompositePropagator({ propagators: [new AWSXRayPropagator(), new W3CTraceContextPropagator()] }),
    );
    const provider = new TracerProvider({
        resource: resourceFromAttributes({
            "service.name": service,
            "service.namespace": "story-42",
            ...(environment ? { "deployment.environment.name": environment } : {}),
        }),
        // X-Ray's older parts need trace ids that begin with the time.
        idGenerator: new AWSXRayIdGenerator(),
        spanLimits: { attributeValueLengthLimit: MAX_VALUE_CHARACTERS, attributeCountLimit: 64, eventCountLimit: 0 },
        spanProcessors: [
            new StoryProcessor(),
            endpoint
                ? new BatchSpanProcessor({
                      exporter: new HttpExporter(endpoint, limitReports(onLost)),
                      maxQueueSize: MAX_QUEUED_SPANS,
                      maxExportBatchSize: MAX_BATCH_SPANS,
                      scheduledDelayMillis: SEND_INTERVAL_MS,
                      exportTimeoutMillis: SEND_TIMEOUT_MS,
                  })
                : new DaemonProcessor(String(daemon), limitReports(onLost)),
        ],
    });
    // Not the global provider: the agents' SDK would use it and record every prompt and answer.
    const tracer: Tracer = provider.getTracer("story-42");
    return { tracer, flush: () => provider.forceFlush({ timeoutMillis: SEND_TIMEOUT_MS }).catch(() => undefined) };
}

/** Limits `tell` to one call per REPORT_INTERVAL_MS. */
function limitReports(tell: (why: string) => void): (why: string) => void {
    let reportedAt = Number.NEGATIVE_INFINITY;
    return (why) => {
        if (performance.now() - reportedAt >= REPORT_INTERVAL_MS) {
            reportedAt = performance.now();
            tell(why);
        }
    };
}

/** Adds the story's id to each span. */
class StoryProcessor implements SpanProcessor {
    onStart(span: Span, parent: Parameters<SpanProcessor["onStart"]>[1]): void {
        const story = parent.getValue(STORY);
        if (typeof story === "string") {
            span.setAttribute(STORY_ATTRIBUTE, story);
        }
    }

    onEnd(): void {}
    async forceFlush(): Promise<void> {}
    async shutdown(): Promise<void> {}
}

/** Node's own SHA-256: one in JavaScript held the event loop for 70 ms on a request of 4.5 MB. */
const Sha256 = Hash.bind(null, "sha256");

/** X-Ray's own endpoint, which accepts only signed requests; the first group is the region. */
const XRAY = /^https:\/\/xray\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//;

/** Exports by OTLP/HTTP in JSON. A failed request is not retried, since the queue would grow meanwhile. */
class HttpExporter implements SpanExporter {
    readonly #endpoint: string;
    readonly #onLost: (why: string) => void;
    readonly #signer: SignatureV4 | undefined;

    constructor(endpoint: string, onLost: (why: string) => void) {
        this.#endpoint = endpoint;
        this.#onLost = onLost;
        const region = XRAY.exec(endpoint)?.[1];
        this.#signer = region
            ? new SignatureV4({ service: "xray", region, credentials: defaultProvider(), sha256: Sha256 })
            : undefined;
    }

    export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
        this.#send(Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? [])).then(
            () => done({ code: ExportResultCode.SUCCESS }),
            (error: Error) => {
                this.#onLost(error.name === "Refused" ? error.message : error.name);
                done({ code: ExportResultCode.FAILED });
            },
        );
    }

    async #send(body: Buffer): Promise<void> {
        const response = await fetch(this.#endpoint, {
            method: "POST",
            headers: await this.#headers(body),
            body: new Uint8Array(body),
            redirect: "error",
            signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
        });
        await response.body?.cancel();
        if (!response.ok) {
            throw Object.assign(new Error(`it answered ${response.status}`), { name: "Refused" });
        }
    }

    async #headers(body: Buffer): Promise<Record<string, string>> {
        const { hostname, host, pathname, protocol } = new URL(this.#endpoint);
        const headers = { "content-type": "application/json", host };
        const signed = await this.#signer?.sign({ method: "POST", protocol, hostname, path: pathname, headers, body });
        const { host: _own, ...sent } = signed?.headers ?? headers;
        return sent;
    }

    async forceFlush(): Promise<void> {}
    async shutdown(): Promise<void> {}
}

/** The limit of a UDP datagram, minus room for headers. */
const MAX_DATAGRAM_BYTES = 65_000;

/**
 * Sends spans to Lambda's X-Ray daemon as UDP datagrams, as the exporter of AWS's distribution does
 * (aws-observability/aws-otel-js-instrumentation, otlp-udp-exporter.ts); the daemon forwards them when the function is
 * frozen. The spans of a call go together, behind its answer: Lambda's runtime freezes no function before a turn of the event
 * loop after that (aws-lambda-nodejs-runtime-interface-client, Runtime.js).
 */
class DaemonProcessor implements SpanProcessor {
    readonly #socket: Socket;
    readonly #host: string;
    readonly #port: number;
    readonly #onLost: (why: string) => void;
    #ended: ReadableSpan[] = [];

    constructor(daemon: string, onLost: (why: string) => void) {
        const [host = "", port = ""] = daemon.split(":");
        this.#host = host;
        this.#port = Number(port);
        this.#onLost = onLost;
        this.#socket = createSocket("udp4").on("error", ({ name }) => onLost(name));
        this.#socket.unref();
    }

    onStart(): void {}

    onEnd(span: ReadableSpan): void {
        this.#ended.push(span);
        if (span.kind === SpanKind.SERVER || this.#ended.length === MAX_BATCH_SPANS) {
            setImmediate(() => void this.forceFlush());
        }
    }

    #send(spans: ReadableSpan[]): void {
        const encoded = Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? []).toString("base64");
        const datagram = Buffer.from(`{"format":"json","version":1}\nT1S${encoded}`);
        if (datagram.length <= MAX_DATAGRAM_BYTES) {
            this.#socket.send(datagram, this.#port, this.#host, (error) => error && this.#onLost(error.name));
        } else if (spans.length === 1) {
            this.#onLost("a span is too large for a datagram");
        } else {
            const half = Math.ceil(spans.length / 2);
            this.#send(spans.slice(0, half));
            this.#send(spans.slice(half));
        }
    }

    async forceFlush(): Promise<void> {
        if (this.#ended.length > 0) {
            this.#send(this.#ended.splice(0));
        }
    }

    async shutdown(): Promise<void> {}
}
