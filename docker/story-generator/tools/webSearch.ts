/** Web search with several engines in turn; without results the story continues without them. */
import { Script } from "node:vm";
import { SpanKind } from "@opentelemetry/api";
import { LRUCache } from "lru-cache";
import { inSpan, recordContent } from "../../shared/tracing.ts";
import { metered } from "../../shared/usage/meter.ts";

export interface SearchResult {
    title: string;
    url: string;
    snippet: string;
}

/** Queries an engine. Throws SearchUnavailable, any other error, or the signal's reason. */
export type SearchEngine = (query: string, signal: AbortSignal) => Promise<SearchResult[]>;

/** Makes each query of an engine a span. */
export function tracedEngine(name: string, ask: SearchEngine): SearchEngine {
    const attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "web_search",
        "story42.search.engine": name,
    };
    return (query, signal) =>
        inSpan(`execute_tool web_search ${name}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
            recordContent(span, () => ({ "tool.call.arguments": { query } }));
            const results = await ask(query, signal);
            span.setAttribute("story42.search.results", results.length);
            return results;
        });
}

/** The search is currently unavailable. */
export class SearchUnavailable extends Error {
    constructor(reason: string, options?: ErrorOptions) {
        super(`web search is unavailable: ${reason}`, options);
        this.name = "SearchUnavailable";
    }
}

const TIMEOUT_MS = 8_000;
/** A page of results has about 50 KB. */
const MAX_BYTES = 300_000;
/** Timeout of the parser, which blocks the event loop and takes quadratic time for some pages. */
const PARSE_TIMEOUT_MS = 500;
/** Characters of a query: no engine accepts more. */
const MAX_QUERY_CHARACTERS = 400;
export const MAX_RESULTS = 6;

/** Circuit breaker: consecutive failures after which an engine is not used for OPEN_FOR_MS. */
const MAX_FAILURES = 4;
const OPEN_FOR_MS = 60_000;

export class WebSearch {
    readonly #engines: readonly Engine[];
    readonly #onUnavailable: () => void;
    readonly #cache = new LRUCache<string, SearchResult[]>({ max: 200, ttl: 15 * 60_000 });

    /** `engines`: in the order of the attempts. `onUnavailable` is called for every search that all engines failed. */
    constructor(engines: readonly SearchEngine[], onUnavailable: () => void) {
        this.#engines = engines.map((ask) => new Engine(ask));
        this.#onUnavailable = onUnavailable;
    }

    /** Throws SearchUnavailable, or the signal's reason. */
    async search(query: string, signal: AbortSignal): Promise<SearchResult[]> {
        const cached = this.#cache.get(query);
        if (cached) {
            return cached;
        }
        let first: unknown;
        for (const engine of this.#engines) {
            try {
                const results = await engine.search(query.slice(0, MAX_QUERY_CHARACTERS), signal);
                this.#cache.set(query, results);
                return results;
            } catch (error) {
                signal.throwIfAborted();
                first ??= error;
            }
        }
        this.#onUnavailable();
        throw first;
    }
}

/** One engine with its timeout and circuit breaker. */
class Engine {
    readonly #ask: SearchEngine;
    #failures = 0;
    #unavailableUntil = 0;

    constructor(ask: SearchEngine) {
        this.#ask = ask;
    }

    async search(query: string, signal: AbortSignal): Promise<SearchResult[]> {
        if (Date.now() < this.#unavailableUntil) {
            throw new SearchUnavailable("it failed several times in a row and is left alone for a minute");
        }
        try {
            const results = await this.#ask(query, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
            this.#failures = 0;
            return results;
        } catch (error) {
            signal.throwIfAborted();
            this.#failures += 1;
            if (this.#failures >= MAX_FAILURES) {
                this.#unavailableUntil = Date.now() + OPEN_FOR_MS;
                this.#failures = 0;
            }
            throw error instanceof SearchUnavailable ? error : new SearchUnavailable("no answer", { cause: error });
        }
    }
}

/** Meters an engine's searches; a failed search costs nothing (Brave Search API documentation, "Response headers"). */
export function meteredEngine(engine: string, ask: SearchEngine): SearchEngine {
    return (query, signal) =>
        metered(
            engine,
            () => ask(query, signal),
            () => ({ searches: 1 }),
            () => "nothing",
        );
}

export const title = (text: string) => plain(text, 200);
export const snippet = (text: string) => plain(text, 400);

function plain(text: string, max: number): string {
    return text
        .replace(/[\p{Cc}\s]+/gu, " ")
        .trim()
        .slice(0, max);
}

/** The text of an engine's answer. Throws SearchUnavailable when the answer is too large. */
export async function readText(response: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_BYTES) {
            throw new SearchUnavailable("its answer is too large");
        }
    }
    return Buffer.concat(chunks).toString("utf8");
}

/** The result of `work`, which is interrupted after the timeout. Throws SearchUnavailable then. */
export function withTimeout<T>(work: () => T): T {
    try {
        return new Script("work()").runInNewContext({ work }, { timeout: PARSE_TIMEOUT_MS });
    } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
            ? new SearchUnavailable("its answer takes too long to read", { cause: error })
            : error;
    }
}
