/** The console's API. */
import type { SpanLine } from "../traces.ts";
import type { Switch } from "./switches.ts";

/** A request to the system with its calls of upstreams, or a call of an upstream without a trace. */
export interface Summary {
    /** The trace's id, or the call's number. */
    id: string;
    /** The request, such as `POST /api/pipeline`. */
    name: string;
    service: string;
    /** ISO 8601. */
    start: string;
    /** Absent while a call has no answer. */
    milliseconds?: number;
    isFailed: boolean;
    /** Calls of upstreams that belong to it. */
    calls: number;
    /** Tokens that models used, if the spans contain them. */
    tokens?: { in: number; out: number };
    /** What the calls cost, as the ledger counts them; `unknown`: how many are not in `usd`. Absent if no span says. */
    cost?: { usd: number; unknown: number };
}

/** A call of an upstream. */
export interface Call {
    upstream: string;
    method: string;
    path: string;
    start: string;
    milliseconds?: number;
    status?: number;
    /** The injected fault. */
    fault?: string;
    /** The span that made the call. */
    spanId?: string;
    /** Request and answer: parsed if they are JSON. */
    request: unknown;
    answer?: unknown;
}

/** A line of a part's log. */
export interface LogLine {
    part: string;
    text: string;
}

export interface State {
    /** The latest first. */
    requests: Summary[];
    switches: Switch[];
    /** Whether there are spans; otherwise there are only calls. */
    hasTraces: boolean;
}

export interface Detail {
    /** Sorted by their start. */
    spans: SpanLine[];
    calls: Call[];
    logs: LogLine[];
}
