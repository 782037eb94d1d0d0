/** DuckDuckGo's HTML search: no key and no token, so it may turn away at any time; then the story does without. */
import { Script } from "node:vm";
import { LRUCache } from "lru-cache";
import { parse } from "node-html-parser";

export interface SearchResult {
    title: string;
    url: string;
    snippet: string;
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
const MAX_RESULTS = 6;

/** After so many failures in a row the engine is left alone for a while. */
const FAILURES_TO_OPEN = 4;
const OPEN_FOR_MS = 60_000;

export class WebSearch {
    readonly #url: string;
    readonly #onUnavailable: () => void;
    readonly #cache = new LRUCache<string, SearchResult[]>({ max: 200, ttl: 15 * 60_000 });
    #failures = 0;
    #closedUntil = 0;

    /**
     * `url`: the page that takes the query, for example `https://html.duckduckgo.com/html/`. `onUnavailable` is called for
     * every search that the engine gave nothing for.
     */
    constructor(url: string, onUnavailable: () => void) {
        this.#url = url;
        this.#onUnavailable = onUnavailable;
    }

    /** Throws SearchUnavailable, or the signal's reason. */
    async search(query: string, signal: AbortSignal): Promise<SearchResult[]> {
        const cached = this.#cache.get(query);
        if (cached) {
            return cached;
        }
        if (Date.now() < this.#closedUntil) {
            this.#onUnavailable();
            throw new SearchUnavailable("it failed several times in a row and is left alone for a minute");
        }
        try {
            const results = await this.#fetch(query, signal);
            this.#failures = 0;
            this.#cache.set(query, results);
            return results;
        } catch (error) {
            signal.throwIfAborted();
            this.#onUnavailable();
            this.#failures += 1;
            if (this.#failures >= FAILURES_TO_OPEN) {
                this.#closedUntil = Date.now() + OPEN_FOR_MS;
                this.#failures = 0;
            }
            throw error instanceof SearchUnavailable ? error : new SearchUnavailable("no answer", { cause: error });
        }
    }

    async #fetch(query: string, signal: AbortSignal): Promise<SearchResult[]> {
        const response = await fetch(this.#url, {
            method: "POST",
            headers: {
                "content-type": "application/x-www-form-urlencoded",
                "user-agent": "Mozilla/5.0 (compatible; story-generator)",
            },
            body: new URLSearchParams({ q: query.slice(0, 400), kl: "us-en" }).toString(),
            redirect: "error",
            signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        // 202 is how the engine turns robots away without an error.
        if (response.status !== 200) {
            await response.body?.cancel();
            throw new SearchUnavailable(`it answered ${response.status}`);
        }
        const html = await readText(response);
        return inTime(() => readResults(html));
    }
}

/** What `work` gives. Throws SearchUnavailable when that takes too long: the engine interrupts it then. */
function inTime<T>(work: () => T): T {
    try {
        return new Script("work()").runInNewContext({ work }, { timeout: READING_MS });
    } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
            ? new SearchUnavailable("its page takes too long to read", { cause: error })
            : error;
    }
}

/** The results of a page. Throws SearchUnavailable when it is not a page of results. */
export function readResults(html: string): SearchResult[] {
    const page = parse(html);
    const results = page.querySelectorAll(".result").flatMap((result) => {
        const link = result.querySelector(".result__a");
        const url = target(link?.getAttribute("href"));
        if (!link || !url || result.classList.contains("result--ad")) {
            return [];
        }
        const snippet = result.querySelector(".result__snippet");
        return [{ title: plain(link.text, 200), url, snippet: plain(snippet?.text ?? "", 400) }];
    });
    if (results.length === 0 && !page.querySelector(".no-results, .result--no-result")) {
        throw new SearchUnavailable("its page holds no results");
    }
    return results.slice(0, MAX_RESULTS);
}

/** The page behind a result: links go through a redirect that carries it in `uddg`. */
function target(href: string | undefined): string | undefined {
    if (!href || !URL.canParse(href, "https://duckduckgo.com")) {
        return undefined;
    }
    const link = new URL(href, "https://duckduckgo.com");
    const url = link.searchParams.get("uddg") ?? link.href;
    return /^https?:\/\//.test(url) && URL.canParse(url) ? url.slice(0, 1_000) : undefined;
}

function plain(text: string, max: number): string {
    return text
        .replace(/[\p{Cc}\s]+/gu, " ")
        .trim()
        .slice(0, max);
}

async function readText(response: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_BYTES) {
            throw new SearchUnavailable("its page is too large");
        }
    }
    return Buffer.concat(chunks).toString("utf8");
}
