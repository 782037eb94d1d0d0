/** Meters calls that cost something: records each in the ledger for the current story. */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { type Span, trace } from "@opentelemetry/api";
import { nanoUsdOf, type Pricing } from "../../../contract/prices.ts";
import { type Counters, type Used, ZERO_USAGE } from "../../../contract/usage.ts";
import { promptVersion } from "../prompts.ts";
import { recordCost } from "../tracing.ts";
import type { Ledger, LedgerCall } from "./ledger.ts";

/** The person and story of metered calls. */
export interface Owner {
    userId: string;
    story: string;
    /** Called before each metered call; its error replaces the call. */
    assertWithinBounds?: () => Promise<void>;
}

export interface MeterOptions {
    ledger: Ledger;
    pricing: Pricing;
    /** Called with the usage of each call. */
    onUsed: (model: string, counters: Counters) => void;
    /** Called when a write failed, with details: an unavailable ledger never fails a call. */
    onError: (error: unknown, about: object) => void;
}

/** Failed writes that are queued for a retry; further ones are only logged. */
const MAX_QUEUED_WRITES = 1_000;

const current = new AsyncLocalStorage<{ meter: Meter; owner: Owner }>();

export class Meter {
    readonly #options: MeterOptions;
    #queue: (() => Promise<void>)[] = [];

    constructor(options: MeterOptions) {
        this.#options = options;
    }

    /** Retries the queued writes. */
    async flush(): Promise<void> {
        const queued = this.#queue;
        this.#queue = [];
        for (const [at, write] of queued.entries()) {
            try {
                await write();
            } catch {
                this.#queue.push(...queued.slice(at));
                return;
            }
        }
    }

    /** Runs `use`; its calls are metered for `owner`. */
    as<T>(owner: Owner, use: () => T): T {
        return current.run({ meter: this, owner }, use);
    }

    /**
     * Records a call before it is made; returns a function that takes the call's usage.
     *
     * @param span gets the call's cost
     */
    async begin(
        { userId, story }: Owner,
        model: string,
        span: Span | undefined,
    ): Promise<(used: Used | "nothing" | "unknown") => Promise<void>> {
        const { ledger, onError, onUsed } = this.#options;
        const id = randomBytes(9).toString("base64url");
        const call: LedgerCall = { id, userId, story, model, promptVersion: promptVersion(), at: new Date() };
        let isRecorded = false;
        const record = async () => {
            await ledger.begin(call);
            isRecorded = true;
        };
        await record().catch((error) => onError(error, { call }));
        return async (used) => {
            const counters = this.#countersOf(model, used);
            if (counters.calls > 0) {
                recordCost(span, counters);
                onUsed(model, counters);
            }
            const write = async () => {
                if (!isRecorded) {
                    await record();
                }
                await ledger.end(call, counters);
            };
            try {
                await write();
            } catch (error) {
                onError(error, { call, counters });
                if (this.#queue.length < MAX_QUEUED_WRITES) {
                    this.#queue.push(write);
                }
                return;
            }
            await this.flush();
        };
    }

    #countersOf(model: string, used: Used | "nothing" | "unknown"): Counters {
        if (used === "nothing") {
            return ZERO_USAGE;
        }
        if (used === "unknown") {
            return { ...ZERO_USAGE, calls: 1, unmetered: 1 };
        }
        const cost = nanoUsdOf(model, used, this.#options.pricing);
        return { ...ZERO_USAGE, ...used, calls: 1, unpriced: cost === undefined ? 1 : 0, nano_usd: cost ?? 0 };
    }
}

/** Throws when a bound of the current owner is reached. */
export async function assertWithinBounds(): Promise<void> {
    await current.getStore()?.owner.assertWithinBounds?.();
}

/**
 * Makes a metered call.
 *
 * @param usedOf the usage in the answer; undefined when the answer has none
 * @param failed the usage of a failed call. Default: nothing for a refused call, else unknown
 */
export async function metered<T>(
    model: string,
    call: () => Promise<T>,
    usedOf: (answer: T) => Used | undefined,
    failed: (error: unknown) => Used | "nothing" | "unknown" = whenRefused,
): Promise<T> {
    const end = await beginMetered(model);
    try {
        const answer = await call();
        await end(usedOf(answer) ?? "unknown");
        return answer;
    } catch (error) {
        await end(failed(error));
        throw error;
    }
}

/** The same for a streamed answer, one part of which may contain the usage. `span`: that of the call, if it is not active. */
export async function* meteredStream<Part>(
    model: string,
    stream: AsyncIterable<Part>,
    usedIn: (part: Part) => Used | undefined,
    span?: Span,
): AsyncGenerator<Part> {
    const end = await beginMetered(model, span);
    let used: Used | "nothing" | "unknown" = "unknown";
    let hasBegun = false;
    try {
        for await (const part of stream) {
            hasBegun = true;
            used = usedIn(part) ?? used;
            yield part;
        }
    } catch (error) {
        used = used === "unknown" && !hasBegun ? whenRefused(error) : used;
        throw error;
    } finally {
        await end(used);
    }
}

async function beginMetered(
    model: string,
    span = trace.getActiveSpan(),
): Promise<(used: Used | "nothing" | "unknown") => Promise<void>> {
    const now = current.getStore();
    await now?.owner.assertWithinBounds?.();
    const end = await now?.meter.begin(now.owner, model, span);
    let isOver = false;
    return async (used) => {
        if (!isOver) {
            isOver = true;
            await end?.(used);
        }
    };
}

/** A call that was answered with an error costs nothing; the usage of a broken or cancelled call is unknown. */
function whenRefused(error: unknown): "nothing" | "unknown" {
    for (let it = error; typeof it === "object" && it !== null; it = (it as Error).cause) {
        const { $metadata, status } = it as { $metadata?: { httpStatusCode?: number }; status?: unknown };
        if (Number($metadata?.httpStatusCode ?? status) >= 400) {
            return "nothing";
        }
    }
    return "unknown";
}

/** Bedrock's usage in the ledger's counters; cached tokens are counted apart from input tokens. */
export function tokensUsed(
    usage:
        | {
              inputTokens?: number;
              outputTokens?: number;
              cacheReadInputTokens?: number;
              cacheWriteInputTokens?: number;
          }
        | undefined,
): Used | undefined {
    if (usage?.inputTokens === undefined || usage.outputTokens === undefined) {
        return undefined;
    }
    return {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cache_read_tokens: usage.cacheReadInputTokens ?? 0,
        cache_write_tokens: usage.cacheWriteInputTokens ?? 0,
    };
}
