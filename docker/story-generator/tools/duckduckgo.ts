/** DuckDuckGo's HTML search: no key and no token, so it may turn away at any time. */
import { parse } from "node-html-parser";
import {
    type Ask,
    inTime,
    MAX_RESULTS,
    readText,
    type SearchResult,
    SearchUnavailable,
    snippet,
    title,
} from "./webSearch.ts";

/** `url`: the page that takes the query, for example `https://html.duckduckgo.com/html/`. */
export function duckDuckGo(url: string): Ask {
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
        // 202 is how the engine turns robots away without an error.
        if (response.status !== 200) {
            await response.body?.cancel();
            throw new SearchUnavailable(`it answered ${response.status}`);
        }
        const html = await readText(response);
        return inTime(() => readResults(html));
    };
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
        return [
            { title: title(link.text), url, snippet: snippet(result.querySelector(".result__snippet")?.text ?? "") },
        ];
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
