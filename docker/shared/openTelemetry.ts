/**
 * OpenTelemetry's SDK, loaded where tracing is on: keeps a bounded number of ended spans, and sends them without anybody
 * waiting for it: by OTLP/HTTP in JSON, signed where it is X-Ray's own endpoint, or to Lambda's X-Ray daemon.
 */
import { createSocket, type Socket } from "node:dgram";
import { Sha256 } from "@aws-crypto/sha256-js";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { context, propagation, type Tracer } from "@opentelemetry/api";
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
    SimpleSpanProcessor,
    type Span,
    type SpanExporter,
    type SpanProcessor,
    TracerProvider,
} from "@opentelemetry/sdk-trace";
import { SignatureV4 } from "@smithy/signature-v4";
import { STORY, STORY_ATTRIBUTE, type Tracing } from "./tracing.ts";

export interface OpenTelemetryOptions {
    /** What this part is called. */
    service: string;
    environment: string | undefined;
    /** Where spans go, by OTLP/HTTP. */
    endpoint: string | undefined;
    /** Lambda's X-Ray daemon, `HOST:PORT`; where spans go without an endpoint. */
    daemon: string | undefined;
    /** Told at most once a minute why spans could not be sent. */
    onLost: (why: string) => void;
}

/** Spans that wait to be sent; the ones above that are dropped. */
const MAX_WAITING = 1_000;
/** Spans of a request: X-Ray's endpoint takes 5 MB, and a span with content may have 75 KB. */
const MAX_TOGETHER = 64;
const SEND_EVERY_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;
const SILENT_MS = 60_000;
/** A longer value is cut off; what is written on purpose is shorter. */
const MAX_VALUE_CHARACTERS = 8_192;

export function openTelemetry({ service, environment, endpoint, daemon, onLost }: OpenTelemetryOptions): Tracing {
    if (!endpoint && !daemon) {
        throw new Error("TRACING needs OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, which is not set");
    }
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    // API Gateway and Lambda read X-Ray's header; the later of the two counts where both are there.
    propagation.setGlobalPropagator(
        new CompositePropagator({ propagators: [new AWSXRayPropagator(), new W3CTraceContextPropagator()] }),
    );
    const provider = new TracerProvider({
        resource: resourceFromAttributes({
            "service.name": service,
            "service.namespace": "story-42",
            ...(environment ? { "deployment.environment.name": environment } : {}),
        }),
        // X-Ray's ids begin with the time, which its older parts need.
        idGenerator: new AWSXRayIdGenerator(),
        spanLimits: { attributeValueLengthLimit: MAX_VALUE_CHARACTERS, attributeCountLimit: 64, eventCountLimit: 0 },
        spanProcessors: [
            new StoryProcessor(),
            endpoint
                ? new BatchSpanProcessor({
                      exporter: new HttpExporter(endpoint, seldom(onLost)),
                      maxQueueSize: MAX_WAITING,
                      maxExportBatchSize: MAX_TOGETHER,
                      scheduledDelayMillis: SEND_EVERY_MS,
                      exportTimeoutMillis: SEND_TIMEOUT_MS,
                  })
                : new SimpleSpanProcessor({ exporter: new DaemonExporter(String(daemon), seldom(onLost)) }),
        ],
    });
    // Not the process's own provider: the agents' SDK would take that, and records every prompt and answer in it.
    const tracer: Tracer = provider.getTracer("story-42");
    return { tracer, flush: () => provider.forceFlush({ timeoutMillis: SEND_TIMEOUT_MS }).catch(() => undefined) };
}

/** Tells at most once in a while. */
function seldom(tell: (why: string) => void): (why: string) => void {
    let toldAt = Number.NEGATIVE_INFINITY;
    return (why) => {
        if (performance.now() - toldAt >= SILENT_MS) {
            toldAt = performance.now();
            tell(why);
        }
    };
}

/** Gives each span the id of the story that it is for. */
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

/** X-Ray's own endpoint, which takes signed requests alone; its first group is the region. */
const XRAY = /^https:\/\/xray\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//;

/** OTLP/HTTP, in JSON. A request that fails is not sent again: what waits meanwhile would grow. */
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

/** A datagram's limit, with room for its headers. */
const MAX_DATAGRAM_BYTES = 65_000;

/**
 * Lambda's X-Ray daemon, which takes spans as datagrams beside segments, as the exporter of AWS's distribution sends them
 * (aws-observability/aws-otel-js-instrumentation, otlp-udp-exporter.ts), and sends them on when the function is frozen.
 */
class DaemonExporter implements SpanExporter {
    readonly #socket: Socket;
    readonly #host: string;
    readonly #port: number;
    readonly #onLost: (why: string) => void;

    constructor(daemon: string, onLost: (why: string) => void) {
        const [host = "", port = ""] = daemon.split(":");
        this.#host = host;
        this.#port = Number(port);
        this.#onLost = onLost;
        this.#socket = createSocket("udp4").on("error", ({ name }) => onLost(name));
        this.#socket.unref();
    }

    export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
        const spoken = Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? []).toString("base64");
        const datagram = Buffer.from(`{"format":"json","version":1}\nT1S${spoken}`);
        if (datagram.length > MAX_DATAGRAM_BYTES) {
            this.#onLost("a span is too large for a datagram");
            done({ code: ExportResultCode.FAILED });
            return;
        }
        this.#socket.send(datagram, this.#port, this.#host, (error) => {
            if (error) {
                this.#onLost(error.name);
            }
            done({ code: error ? ExportResultCode.FAILED : ExportResultCode.SUCCESS });
        });
    }

    async forceFlush(): Promise<void> {}
    async shutdown(): Promise<void> {}
}
