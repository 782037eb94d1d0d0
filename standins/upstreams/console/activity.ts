/** The activity that the console shows: spans from their file, recorded calls and the logs beside it. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Control, RecordedRequest } from "../control.ts";
import type { SpanLine } from "../traces.ts";
import type { Call, Detail, LogLine, Summary } from "./shapes.ts";

/** Bytes that are read from the end of a file. */
const MAX_TAIL_BYTES = 8 * 1024 * 1024;
const MAX_REQUESTS = 200;
const MAX_LOG_LINES = 500;

export class Activity {
    readonly #control: Control;
    readonly #tracesFile: string | undefined;
    #read: { version: string; spans: SpanLine[] } = { version: "", spans: [] };

    constructor(control: Control, tracesFile: string | undefined) {
        this.#control = control;
        this.#tracesFile = tracesFile;
    }

    get hasTraces(): boolean {
        return this.#spans().length > 0;
    }

    /** The latest first. */
    requests(): Summary[] {
        const calls = grouped(this.#control.requests(), traceOf);
        const traces = grouped(this.#spans(), ({ trace_id }) => trace_id);
        const ofTraces = [...traces].map(([id, spans]) => summaryOf(id, spans, calls.get(id)?.length ?? 0));
        const lone = this.#control.requests().flatMap((request, at): Summary[] => {
            const id = traceOf(request);
            if (id !== undefined && traces.has(id)) {
                return [];
            }
            const { method, path, upstream: service, start, milliseconds } = callOf(request);
            const isFailed = (request.status ?? 200) >= 400 || request.fault !== undefined;
            return [{ id: `call-${at}`, name: `${method} ${path}`, service, start, milliseconds, isFailed, calls: 1 }];
        });
        return [...ofTraces, ...lone].sort((a, b) => b.start.localeCompare(a.start)).slice(0, MAX_REQUESTS);
    }

    /** `undefined` when there is no such request. */
    detail(id: string): Detail | undefined {
        const spans = this.#spans()
            .filter(({ trace_id }) => trace_id === id)
            .sort((a, b) => a.start.localeCompare(b.start));
        const [, at] = /^call-(\d+)$/.exec(id) ?? [];
        const all = this.#control.requests();
        const calls =
            at === undefined ? all.filter((request) => traceOf(request) === id) : all.slice(Number(at)).slice(0, 1);
        return spans.length === 0 && calls.length === 0
            ? undefined
            : { spans, calls: calls.map(callOf), logs: at === undefined ? this.#logs(id) : [] };
    }

    #spans(): SpanLine[] {
        const file = this.#tracesFile;
        if (file === undefined || !existsSync(file)) {
            return [];
        }
        const { text, version } = tailOf(file);
        if (version !== this.#read.version) {
            this.#read = { version, spans: linesOf(text).flatMap(parsed) };
        }
        return this.#read.spans;
    }

    /** The log lines that contain the trace's id. */
    #logs(id: string): LogLine[] {
        const folder = this.#tracesFile && join(dirname(this.#tracesFile), "logs");
        if (!folder || !existsSync(folder)) {
            return [];
        }
        return readdirSync(folder)
            .filter((name) => name.endsWith(".log"))
            .flatMap((name) => {
                const found = linesOf(tailOf(join(folder, name)).text).filter((line) => line.includes(id));
                return found.map((text) => ({ part: basename(name, ".log"), text }));
            })
            .slice(-MAX_LOG_LINES);
    }
}

/** The last lines of a file, and a version that changes with the file. */
function tailOf(path: string): { text: string; version: string } {
    const file = openSync(path, "r");
    try {
        const { size, mtimeMs } = fstatSync(file);
        const from = Math.max(0, size - MAX_TAIL_BYTES);
        const bytes = Buffer.alloc(size - from);
        const read = readSync(file, bytes, 0, bytes.length, from);
        const text = bytes.toString("utf8", 0, read);
        return { text: from === 0 ? text : text.slice(text.indexOf("\n") + 1), version: `${size} ${mtimeMs}` };
    } finally {
        closeSync(file);
    }
}

function linesOf(text: string): string[] {
    return text.split("\n").filter(Boolean);
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string | undefined): Map<string, Item[]> {
    const groups = new Map<string, Item[]>();
    for (const item of items) {
        const key = keyOf(item);
        if (key !== undefined) {
            groups.set(key, [...(groups.get(key) ?? []), item]);
        }
    }
    return groups;
}

/** Ignores an incomplete last line. */
function parsed(line: string): SpanLine[] {
    try {
        return [JSON.parse(line) as SpanLine];
    } catch {
        return [];
    }
}

/** The trace that a call belongs to (https://www.w3.org/TR/trace-context/#traceparent-header). */
function traceOf({ headers }: RecordedRequest): string | undefined {
    return parentOf(headers)[0];
}

function parentOf(headers: Record<string, string>): [trace?: string, span?: string] {
    const [, trace, span] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/.exec(headers.traceparent ?? "") ?? [];
    return [trace, span];
}

function callOf(request: RecordedRequest): Call {
    const { upstream, method, path, at, milliseconds, status, fault, headers, body, answer } = request;
    return {
        ...{ upstream, method, path, milliseconds, status, fault: fault?.kind, answer },
        ...{ start: new Date(at).toISOString(), spanId: parentOf(headers)[1], request: body },
    };
}

function summaryOf(id: string, spans: SpanLine[], calls: number): Summary {
    const known = new Set(spans.map(({ span_id }) => span_id));
    const byStart = spans.toSorted((a, b) => a.start.localeCompare(b.start));
    // The page's own span is not in the file, so the first span is one with an unknown parent.
    const first = byStart.find(({ parent_id }) => parent_id === undefined || !known.has(parent_id)) ?? byStart[0];
    const begin = Math.min(...spans.map(({ start }) => Date.parse(start)));
    const end = Math.max(...spans.map(({ start, milliseconds }) => Date.parse(start) + milliseconds));
    // Only "chat" spans are summed: spans of agents contain the sums of their calls.
    const models = spans.filter(({ name, attributes }) => (attributes["gen_ai.operation.name"] ?? name) === "chat");
    const sum = (attribute: string) => models.reduce((all, one) => all + Number(one.attributes[attribute] ?? 0), 0);
    const tokens = { in: sum("gen_ai.usage.input_tokens"), out: sum("gen_ai.usage.output_tokens") };
    return {
        ...{ id, calls, name: first?.name ?? "", service: first?.service ?? "" },
        start: new Date(begin).toISOString(),
        milliseconds: end - begin,
        isFailed: spans.some(({ is_failed }) => is_failed),
        ...(tokens.in + tokens.out > 0 ? { tokens } : {}),
        ...costOf(spans),
    };
}

/** The sum of the spans' costs; each call that costs something has its own span. */
function costOf(spans: readonly SpanLine[]): { cost?: Summary["cost"] } {
    const usd = spans.flatMap(({ attributes }) => attributes["story42.cost.usd"] ?? []).map(Number);
    const unknown = spans.filter(({ attributes }) => attributes["story42.cost.unknown"]).length;
    return usd.length + unknown > 0 ? { cost: { usd: usd.reduce((sum, one) => sum + one, 0), unknown } } : {};
}
