/** DuckDuckGo's script-free pages, `/html/` and `/lite/`, by GET and by form. */
import { createHash } from "node:crypto";
import type { Exchange } from "./exchange.ts";
import { type Result, resultsFor } from "./results.ts";

export async function answerDuckDuckGo(exchange: Exchange): Promise<void> {
    const { fault } = exchange;
    const isLite = exchange.path.startsWith("/lite");
    const form = new URLSearchParams(exchange.method === "POST" ? exchange.body.toString("utf8") : "");
    const query = (form.get("q") ?? exchange.query.get("q") ?? "").trim();
    // DuckDuckGo answers clients that look like robots with 202 and a page that asks for a confirmation.
    if (fault?.kind === "throttle" || fault?.kind === "refuse" || !exchange.headers["user-agent"]) {
        await page(exchange, 202, "", ANOMALY);
        return;
    }
    if (fault?.kind === "error") {
        await page(exchange, fault.status ?? 503, "", `<p>${escaped(fault.message ?? "Error getting results")}</p>`);
        return;
    }
    if (query === "") {
        await page(exchange, 200, "", '<form action="/html/" method="post"><input name="q" type="text"></form>');
        return;
    }
    const results = resultsFor(query, fault);
    exchange.used = { searches: 1 };
    await page(exchange, 200, query, isLite ? liteResults(results) : htmlResults(results));
}

/** The structure of the real page, with an advertisement first. */
function htmlResults(results: Result[]): string {
    if (results.length === 0) {
        return '<div class="serp__results"><div id="links" class="results"><div class="no-results">No results.</div></div></div>';
    }
    const ad = `<div class="result results_links results_links_deep result--ad"><div class="links_main links_deep result__body">
<h2 class="result__title"><a rel="nofollow" class="result__a" href="https://duckduckgo.com/y.js?ad_domain=shop.example.com&amp;ad_provider=bingv7aa">Buy it now</a></h2>
<a class="result__snippet" href="https://duckduckgo.com/y.js?ad_domain=shop.example.com">Cheap and fast.</a></div></div>`;
    const all = results.map(({ title, url, snippet }) => {
        const href = redirect(url);
        return `<div class="result results_links results_links_deep web-result"><div class="links_main links_deep result__body">
<h2 class="result__title"><a rel="nofollow" class="result__a" href="${href}">${escaped(title)}</a></h2>
<div class="result__extras"><div class="result__extras__url"><a class="result__url" href="${href}">${escaped(url)}</a></div></div>
<a class="result__snippet" href="${href}">${escaped(snippet)}</a><div class="clear"></div></div></div>`;
    });
    return `<div class="serp__results"><div id="links" class="results">${[ad, ...all].join("\n")}</div></div>`;
}

function liteResults(results: Result[]): string {
    if (results.length === 0) {
        return '<table border="0"><tr><td>No results.</td></tr></table>';
    }
    const rows = results.map(({ title, url, snippet }, at) => {
        const link = `<a rel="nofollow" href="${redirect(url)}" class='result-link'>${escaped(title)}</a>`;
        return `<tr><td valign="top">${at + 1}.&nbsp;</td><td>${link}</td></tr>
<tr><td>&nbsp;</td><td class='result-snippet'>${escaped(snippet)}</td></tr>
<tr><td>&nbsp;</td><td><span class='link-text'>${escaped(url)}</span></td></tr>`;
    });
    return `<table border="0">${rows.join("\n")}</table>`;
}

function redirect(url: string): string {
    const signature = createHash("sha256").update(url).digest("hex");
    return escaped(`//duckduckgo.com/l/?uddg=${encodeURIComponent(url)}&rut=${signature}`);
}

const ANOMALY =
    '<form id="challenge-form" action="//duckduckgo.com/anomaly.js?sv=html" method="post">' +
    '<div class="anomaly-modal__title">Unfortunately, bots use DuckDuckGo too.</div></form>';

async function page(exchange: Exchange, status: number, query: string, body: string): Promise<void> {
    const title = query ? `${escaped(query)} at DuckDuckGo` : "DuckDuckGo";
    const html = `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body>${body}</body></html>`;
    await exchange.send(status, { "content-type": "text/html; charset=UTF-8" }, html);
}

function escaped(text: string): string {
    return text
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#x27;");
}
