/** What the console's server tells its page. */
import type { SpanLine } from "../traces.ts";
import type { Switch } from "./switches.ts";

/** A request to the system with all that it led to, or a call of an upstream that belongs to no trace. */
export interface Summary {
    /** The trace's id, or the call's number. */
    id: string;
    /** What was asked, such as `POST /api/pipeline`. */
    name: string;
    service: string;
    /** ISO 8601. */
    start: string;
    /** Absent while a call waits for its answer. */
    milliseconds?: number;
    isFailed: boolean;
    /** Calls of upstreams that belong to it. */
    calls: number;
    /** Tokens that models used, where the spans say so. */
    tokens?: { in: number; out: number };
}

/** A call of an upstream. */
export interface Call {
    upstream: string;
    method: string;
    path: string;
    start: string;
    milliseconds?: number;
    status?: number;
    /** What went wrong on purpose. */
    fault?: string;
    /** The span that made the call. */
    spanId?: string;
    /** What was asked and what was answered: JSON where it is JSON. */
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
    /** Whether anything sends spans; without, there are calls alone. */
    hasTraces: boolean;
}

export interface Detail {
    /** By their beginning. */
    spans: SpanLine[];
    calls: Call[];
    logs: LogLine[];
}
