/** The faults of upstreams, and when each one happens. */
import { z } from "zod";

export const UPSTREAMS = ["bedrock", "gemini", "duckduckgo", "brave", "tts"] as const;
export type Upstream = (typeof UPSTREAMS)[number];

/** Rules of the story contract that a model's answer can be made to break. */
export const RULES = [
    "sectionCount",
    "sectionGap",
    "segmentGap",
    "unknownSpeaker",
    "tooManySpeakers",
    "narratorName",
    "partOrder",
    "missingField",
    "wrongType",
    "typographic",
] as const;
export type Rule = (typeof RULES)[number];

const faultSchema = z.strictObject({
    /** The upstream whose calls have the fault. */
    upstream: z.enum(UPSTREAMS),
    /**
     * - `throttle`: the upstream's error for too many calls
     * - `stall`: no answer for `milliseconds`, or never; with `midway` the answer starts and then stalls
     * - `nonsense`: a well-formed answer to another request
     * - `garbage`: status 200 with bytes that violate the protocol
     * - `refuse`: the content is refused, for `reason`
     * - `breakOff`: the connection ends in the middle of the answer
     * - `down`: the connection ends before any answer
     * - `error`: the upstream's own error with `status`, `code` and `message`; with `midway` inside a stream
     * - `empty`: a valid answer without content: no text, no picture, no results, no voices, no sound
     * - `truncate`: the answer is cut off at its length limit
     * - `break`: a model's answer that breaks `rule`
     */
    kind: z.enum([
        "throttle",
        "stall",
        "nonsense",
        "garbage",
        "refuse",
        "breakOff",
        "down",
        "error",
        "empty",
        "truncate",
        "break",
    ]),
    /** Number of calls with the fault; 0: all from then on. */
    times: z.int().min(0).default(1),
    /** Number of matching calls that succeed first. */
    after: z.int().min(0).default(0),
    /** Only calls with this text in their path or body. */
    match: z.string().optional(),
    milliseconds: z.int().min(0).optional(),
    midway: z.boolean().default(false),
    reason: z.string().optional(),
    status: z.int().min(400).max(599).optional(),
    code: z.string().optional(),
    message: z.string().optional(),
    /** Seconds that a throttled client is told to wait. */
    retryAfter: z.int().min(0).optional(),
    rule: z.enum(RULES).optional(),
});

export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

interface Armed {
    fault: Fault;
    seen: number;
    happened: number;
}

/** The set faults, in their order: a call gets the first one that is due. */
export class Faults {
    #armed: Armed[] = [];

    /** Throws one error that names every problem of `input`. */
    add(input: unknown): Fault {
        const parsed = faultSchema.safeParse(input);
        if (!parsed.success) {
            throw new Error(`Not a fault:\n${z.prettifyError(parsed.error)}`);
        }
        if (parsed.data.kind === "break" && !parsed.data.rule) {
            throw new Error(`Not a fault: kind "break" needs a rule, one of ${RULES.join(", ")}`);
        }
        this.#armed.push({ fault: parsed.data, seen: 0, happened: 0 });
        return parsed.data;
    }

    clear(upstream?: Upstream): void {
        this.#armed = upstream ? this.#armed.filter(({ fault }) => fault.upstream !== upstream) : [];
    }

    list(): (Fault & { happened: number })[] {
        return this.#armed.map(({ fault, happened }) => ({ ...fault, happened }));
    }

    /** The fault of this call. Counts the call. */
    next(upstream: Upstream, path: string, body: string): Fault | undefined {
        let due: Armed | undefined;
        for (const armed of this.#armed) {
            const { fault } = armed;
            if (
                fault.upstream !== upstream ||
                (fault.match && !path.includes(fault.match) && !body.includes(fault.match))
            ) {
                continue;
            }
            armed.seen += 1;
            if (!due && armed.seen > fault.after && (fault.times === 0 || armed.happened < fault.times)) {
                due = armed;
            }
        }
        if (due) {
            due.happened += 1;
        }
        return due?.fault;
    }
}
