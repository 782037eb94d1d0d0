/** Search of the web by one engine after another; where none gives anything, the story does without. */
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

/** Asks an engine. Throws SearchUnavailable or whatever else stood in the way, or the signal's reason. */
export type Ask = (query: string, signal: AbortSignal) => Promise<SearchResult[]>;

/** An engine each question to which is a span. */
export function tracedEngine(name: string, ask: Ask): Ask {
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

/** Search is not to be had right now. */
export class SearchUnavailable extends Error {
    constructor(reason: string, options?: ErrorOptions) {
        super(`web search is unavailable: ${reason}`, options);
        this.name = "SearchUnavailable";
    }
}

const TIMEOUT_MS = 8_000;
/** A page of results has some 50 KB. */
const MAX_BYTES = 300_000;
/** The parser's time grows with the square of some pages; meanwhile nothing else goes on. */
const READING_MS = 500;
/** Characters of a query: no engine takes more. */
const MAX_QUERY = 400;
export const MAX_RESULTS = 6;

/** After so many failures in a row an engine is left alone for a while. */
const FAILURES_TO_OPEN = 4;
const OPEN_FOR_MS = 60_000;

export class WebSearch {
    readonly #engines: readonly Engine[];
    readonly #onUnavailable: () => void;
    readonly #cache = new LRUCache<string, SearchResult[]>({ max: 200, ttl: 15 * 60_000 });

    /** `engines`: asked in this order. `onUnavailable` is called for every search that none of them gave anything for. */
    constructor(engines: readonly Ask[], onUnavailable: () => void) {
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
                const results = await engine.search(query.slice(0, MAX_QUERY), signal);
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

/** One engine, with its patience. */
class Engine {
    readonly #ask: Ask;
    #failures = 0;
    #closedUntil = 0;

    constructor(ask: Ask) {
        this.#ask = ask;
    }

    async search(query: string, signal: AbortSignal): Promise<SearchResult[]> {
        if (Date.now() < this.#closedUntil) {
            throw new SearchUnavailable("it failed several times in a row and is left alone for a minute");
        }
        try {
            const results = await this.#ask(query, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
            this.#failures = 0;
            return results;
        } catch (error) {
            signal.throwIfAborted();
            this.#failures += 1;
            if (this.#failures >= FAILURES_TO_OPEN) {
                this.#closedUntil = Date.now() + OPEN_FOR_MS;
                this.#failures = 0;
            }
            throw error instanceof SearchUnavailable ? error : new SearchUnavailable("no answer", { cause: error });
        }
    }
}

/** The engine with its searches in the ledger; one that fails costs nothing (Brave Search API documentation, "Response headers"). */
export function counted(engine: string, ask: Ask): Ask {
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

/** An engine's answer. Throws SearchUnavailable when it is larger than any is. */
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

/** What `work` gives. Throws SearchUnavailable when that takes too long: it is interrupted then. */
export function inTime<T>(work: () => T): T {
    try {
        return new Script("work()").runInNewContext({ work }, { timeout: READING_MS });
    } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
            ? new SearchUnavailable("its answer takes too long to read", { cause: error })
            : error;
    }
}
