/** Brave's Search API, with a key (Brave Search API documentation, "Web Search"). */
import { parse } from "node-html-parser";
import * as z from "zod";
import {
    MAX_RESULTS,
    readText,
    type SearchEngine,
    SearchUnavailable,
    snippet,
    title,
    withTimeout,
} from "./webSearch.ts";

/** The fields of the answer that are used; a query without results has no `web`. */
const answer = z.object({
    type: z.literal("search"),
    web: z.object({ results: z.array(z.unknown()) }).optional(),
});
const found = z.object({
    title: z.string(),
    url: z.url({ protocol: /^https?$/ }).max(1_000),
    description: z.string().default(""),
});

/** `url`: the operation's address, for example `https://api.search.brave.com/res/v1/web/search`. */
export function brave(url: string, key: string): SearchEngine {
    return async (query, signal) => {
        const asked = new URL(url);
        asked.search = new URLSearchParams({
            q: query,
            count: String(MAX_RESULTS),
            text_decorations: "false",
        }).toString();
        const response = await fetch(asked, {
            headers: { accept: "application/json", "x-subscription-token": key },
            // A redirect could send the key to another host.
            redirect: "error",
            signal,
        });
        if (!response.ok) {
            await response.body?.cancel();
            throw new SearchUnavailable(`it answered ${response.status}`);
        }
        const { web } = answer.parse(JSON.parse(await readText(response)));
        const results = (web?.results ?? []).flatMap((result) => found.safeParse(result).data ?? []);
        return withTimeout(() =>
            results.slice(0, MAX_RESULTS).map(({ title: name, url, description }) => ({
                title: title(parse(name).text),
                url,
                snippet: snippet(parse(description).text),
            })),
        );
    };
}
