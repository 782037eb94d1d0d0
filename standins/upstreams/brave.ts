/** Brave's Search API on the wire, as far as web search goes (Brave Search API documentation, "Web Search"). */
import type { Exchange } from "./exchange.ts";
import { resultsFor } from "./results.ts";

export const isBrave = (path: string) => path === "/res/v1/web/search";

export async function answerBrave(exchange: Exchange): Promise<void> {
    const { fault, headers, query } = exchange;
    const failure = (status: number, code: string, detail: string) =>
        exchange.sendJson(status, { type: "ErrorResponse", error: { status, code, detail } });
    const key = headers["x-subscription-token"];
    if (!key || /invalid/i.test(key) || fault?.kind === "refuse") {
        await failure(422, "SUBSCRIPTION_TOKEN_INVALID", "The provided subscription token is invalid.");
        return;
    }
    if (fault?.kind === "throttle") {
        await failure(429, "RATE_LIMITED", "Request rate limit exceeded for plan.");
        return;
    }
    if (fault?.kind === "error") {
        await failure(fault.status ?? 503, fault.code ?? "INTERNAL", fault.message ?? "Error getting results");
        return;
    }
    const words = query.get("q")?.trim() ?? "";
    const count = Number(query.get("count") ?? 20);
    if (words === "" || words.length > 400 || !(count >= 1 && count <= 20)) {
        await failure(422, "VALIDATION", "Unable to validate request parameter(s)");
        return;
    }
    const results = resultsFor(words, fault).slice(0, count);
    exchange.used = { searches: 1 };
    await exchange.sendJson(200, {
        type: "search",
        query: { original: words },
        ...(results.length > 0 && {
            web: {
                type: "search",
                results: results.map(({ title, url, snippet }) => ({ title, url, description: snippet })),
            },
        }),
    });
}
