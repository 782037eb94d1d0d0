import { expect } from "chai";
import { readResults } from "../../../../../docker/story-generator/tools/duckduckgo.ts";
import { SearchUnavailable } from "../../../../../docker/story-generator/tools/webSearch.ts";

describe("a page of search results", () => {
    const result = (href: string, title: string) =>
        `<div class="result"><a class="result__a" href="${href}">${title}</a><a class="result__snippet">A <b>snippet</b></a></div>`;

    it("gives titles, addresses behind the redirect, and plain snippets", () => {
        const page = result("//duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org%2Ffox&rut=1", "Fox &amp; lantern");
        expect(readResults(page)).to.deep.equal([
            { title: "Fox & lantern", url: "https://example.org/fox", snippet: "A snippet" },
        ]);
    });

    it("has no result with an address that is not on the web", () => {
        const page = result("javascript:alert(1)", "no") + result("https://example.org/", "yes");
        expect(readResults(page).map((one) => one.title)).to.deep.equal(["yes"]);
    });

    it("may be empty, but a page of something else is no page of results", () => {
        expect(readResults('<div class="no-results">none</div>')).to.deep.equal([]);
        expect(() => readResults("<p>Are you a robot?</p>")).to.throw(SearchUnavailable);
    });
});
