/** Where calls that cost something are made: each is noted in the ledger, whoever makes it, for the story that is worked on. */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { nanoUsdOf, type Pricing } from "../../../contract/prices.ts";
import { type Counters, type Used, ZERO_USAGE } from "../../../contract/usage.ts";
import type { Ledger, LedgerCall } from "./ledger.ts";

/** For whom and for what calls are made from here on. */
export interface Owner {
    userId: string;
    story: string;
    /** Looked at before each call; what it throws is thrown in the place of the call. */
    mayGoOn?: () => Promise<void>;
}

export interface MeterOptions {
    ledger: Ledger;
    pricing: Pricing;
    /** Told of what each call used. */
    onUsed: (model: string, counters: Counters) => void;
    /** Told of what could not be written at once, with what it is about: a ledger that is away never fails a call. */
    onError: (error: unknown, about: object) => void;
}

/** Calls that wait for the ledger to be there again; more than these are in the log alone. */
const MAX_WAITING = 1_000;

const current = new AsyncLocalStorage<{ meter: Meter; owner: Owner }>();

export class Meter {
    readonly #options: MeterOptions;
    #waiting: (() => Promise<void>)[] = [];

    constructor(options: MeterOptions) {
        this.#options = options;
    }

    /** Writes what could not be written, as far as that works now. */
    async flush(): Promise<void> {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const [at, write] of waiting.entries()) {
            try {
                await write();
            } catch {
                this.#waiting.push(...waiting.slice(at));
                return;
            }
        }
    }

    /** Does `use`, whose calls are its owner's. */
    as<T>(owner: Owner, use: () => T): T {
        return current.run({ meter: this, owner }, use);
    }

    /** Notes a call that is about to be made; what it used is told to the function that it gives. */
    async begin(
        { userId, story }: Owner,
        model: string,
    ): Promise<(used: Used | "nothing" | "unknown") => Promise<void>> {
        const { ledger, onError, onUsed } = this.#options;
        const call: LedgerCall = { id: randomBytes(9).toString("base64url"), userId, story, model, at: new Date() };
        let isNoted = false;
        const note = async () => {
            await ledger.begin(call);
            isNoted = true;
        };
        await note().catch((error) => onError(error, { call }));
        return async (used) => {
            const counters = this.#countersOf(model, used);
            if (counters.calls > 0) {
                onUsed(model, counters);
            }
            const write = async () => {
                if (!isNoted) {
                    await note();
                }
                await ledger.end(call, counters);
            };
            try {
                await write();
            } catch (error) {
                onError(error, { call, counters });
                if (this.#waiting.length < MAX_WAITING) {
                    this.#waiting.push(write);
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

/** Throws where whoever is worked for may use nothing more. */
export async function mayGoOn(): Promise<void> {
    await current.getStore()?.owner.mayGoOn?.();
}

/**
 * Makes a call that costs something.
 *
 * @param usedOf what it used, by its answer; undefined where that does not say it
 * @param failed what it used when it failed. Default: nothing where it was refused, else nobody knows
 */
export async function metered<T>(
    model: string,
    call: () => Promise<T>,
    usedOf: (answer: T) => Used | undefined,
    failed: (error: unknown) => Used | "nothing" | "unknown" = whenRefused,
): Promise<T> {
    const end = await begun(model);
    try {
        const answer = await call();
        await end(usedOf(answer) ?? "unknown");
        return answer;
    } catch (error) {
        await end(failed(error));
        throw error;
    }
}

/** The same for an answer that comes in parts, one of which may say what it used. */
export async function* meteredStream<Part>(
    model: string,
    stream: AsyncIterable<Part>,
    usedIn: (part: Part) => Used | undefined,
): AsyncGenerator<Part> {
    const end = await begun(model);
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

async function begun(model: string): Promise<(used: Used | "nothing" | "unknown") => Promise<void>> {
    const now = current.getStore();
    await now?.owner.mayGoOn?.();
    const end = await now?.meter.begin(now.owner, model);
    let isOver = false;
    return async (used) => {
        if (!isOver) {
            isOver = true;
            await end?.(used);
        }
    };
}

/** A call that was answered by an error costs nothing; of one that broke off or was given up nobody knows. */
function whenRefused(error: unknown): "nothing" | "unknown" {
    for (let it = error; typeof it === "object" && it !== null; it = (it as Error).cause) {
        const { $metadata, status } = it as { $metadata?: { httpStatusCode?: number }; status?: unknown };
        if (Number($metadata?.httpStatusCode ?? status) >= 400) {
            return "nothing";
        }
    }
    return "unknown";
}

/** What Bedrock says that a call used, as the ledger counts it; tokens of the cache stand beside those of the input. */
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
