/** A trace collector for OTLP/HTTP (opentelemetry-proto, "OTLP/HTTP", JSON): writes each span as a line of a file. */
import { renameSync, statSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import * as z from "zod";
import type { Exchange } from "./exchange.ts";

export const TRACES_PATH = "/v1/traces";

/** A larger file is renamed, and replaces the previously renamed one. */
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const NANOSECONDS_PER_MS = 1_000_000;

const scalar = z
    .object({
        stringValue: z.string(),
        intValue: z.union([z.number(), z.string()]),
        doubleValue: z.number(),
        boolValue: z.boolean(),
    })
    .partial();
const value = scalar.extend({ arrayValue: z.object({ values: z.array(scalar).default([]) }).optional() });
const attributes = z
    .array(z.object({ key: z.string(), value }))
    .default([])
    .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, plain(value)])));
const id = z.string().regex(/^[0-9a-f]{16,32}$/);
const nanoseconds = z.union([z.string(), z.number()]).transform(Number);

const request = z.object({
    resourceSpans: z.array(
        z.object({
            resource: z.object({ attributes }).optional(),
            scopeSpans: z.array(
                z.object({
                    spans: z.array(
                        z.object({
                            traceId: id,
                            spanId: id,
                            parentSpanId: id.or(z.literal("")).optional(),
                            name: z.string(),
                            kind: z.number().optional(),
                            startTimeUnixNano: nanoseconds,
                            endTimeUnixNano: nanoseconds,
                            attributes,
                            status: z.object({ code: z.number().optional() }).optional(),
                        }),
                    ),
                }),
            ),
        }),
    ),
});

/** A line of the file. */
export interface SpanLine {
    trace_id: string;
    span_id: string;
    /** Absent for a trace's first span. */
    parent_id?: string;
    service: string;
    name: string;
    /** Its start by the clock of the part that made it. */
    start: string;
    milliseconds: number;
    is_failed: boolean;
    attributes: Record<string, unknown>;
}

function plain({ arrayValue, ...one }: z.output<typeof value>): unknown {
    if (arrayValue) {
        return arrayValue.values.map(plain);
    }
    const { stringValue, intValue, doubleValue, boolValue } = one;
    return stringValue ?? (intValue === undefined ? undefined : Number(intValue)) ?? doubleValue ?? boolValue;
}

/** Writes spans to `file`; without one they are dropped. */
export async function answerTraces(exchange: Exchange, file: string | undefined): Promise<void> {
    const parsed = request.safeParse(exchange.json());
    if (!parsed.success) {
        await exchange.sendJson(400, { code: 3, message: z.prettifyError(parsed.error) });
        return;
    }
    const lines = parsed.data.resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) =>
            spans.map(
                (span): SpanLine => ({
                    trace_id: span.traceId,
                    span_id: span.spanId,
                    ...(span.parentSpanId ? { parent_id: span.parentSpanId } : {}),
                    service: String(resource?.attributes["service.name"] ?? "unknown"),
                    name: span.name,
                    // As a number, it is exact to 256 ns.
                    start: new Date(Math.round(span.startTimeUnixNano / NANOSECONDS_PER_MS)).toISOString(),
                    milliseconds: Math.round((span.endTimeUnixNano - span.startTimeUnixNano) / NANOSECONDS_PER_MS),
                    is_failed: span.status?.code === 2,
                    attributes: span.attributes,
                }),
            ),
        ),
    );
    if (file && lines.length > 0) {
        try {
            rotate(file);
            await appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
        } catch (error) {
            // A status that clients do not retry ("OTLP/HTTP Response", retryable response codes).
            await exchange.sendJson(507, { code: 8, message: (error as Error).message });
            return;
        }
    }
    await exchange.sendJson(200, {});
}

function rotate(file: string): void {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES) {
        renameSync(file, `${file}.earlier`);
    }
}
