/** DuckDuckGo's HTML search: without key or token, so it may refuse at any time. */
import { parse } from "node-html-parser";
import {
    MAX_RESULTS,
    readText,
    type SearchEngine,
    type SearchResult,
    SearchUnavailable,
    snippet,
    title,
    withTimeout,
} from "./webSearch.ts";

/** `url`: the page that takes the query, for example `https://html.duckduckgo.com/html/`. */
export function duckDuckGo(url: string): SearchEngine {
    return async (query, signal) => {
        const response = await fetch(url, {
            method: "POST",
            headers: {
                "content-type": "application/x-www-form-urlencoded",
                "user-agent": "Mozilla/5.0 (compatible; story-generator)",
            },
            body: new URLSearchParams({ q: query, kl: "us-en" }).toString(),
            redirect: "error",
            signal,
        });
        // The engine refuses robots with 202.
        if (response.status !== 200) {
            await response.body?.cancel();
            throw new SearchUnavailable(`it answered ${response.status}`);
        }
        const html = await readText(response);
        return withTimeout(() => readResults(html));
    };
}

/** Parses a page of results. Throws SearchUnavailable for any other page. */
export function readResults(html: string): SearchResult[] {
    const page = parse(html);
    const results = page.querySelectorAll(".result").flatMap((result) => {
        const link = result.querySelector(".result__a");
        const url = target(link?.getAttribute("href"));
        if (!link || !url || result.classList.contains("result--ad")) {
            return [];
        }
        return [
            { title: title(link.text), url, snippet: snippet(result.querySelector(".result__snippet")?.text ?? "") },
        ];
    });
    if (results.length === 0 && !page.querySelector(".no-results, .result--no-result")) {
        throw new SearchUnavailable("its page holds no results");
    }
    return results.slice(0, MAX_RESULTS);
}

/** A result's address: links are redirects with the address in `uddg`. */
function target(href: string | undefined): string | undefined {
    if (!href || !URL.canParse(href, "https://duckduckgo.com")) {
        return undefined;
    }
    const link = new URL(href, "https://duckduckgo.com");
    const url = link.searchParams.get("uddg") ?? link.href;
    return /^https?:\/\//.test(url) && URL.canParse(url) ? url.slice(0, 1_000) : undefined;
}
