import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { brave } from "../../../../../docker/story-generator/tools/brave.ts";
import { duckDuckGo } from "../../../../../docker/story-generator/tools/duckduckgo.ts";
import {
    type SearchEngine,
    SearchUnavailable,
    WebSearch,
} from "../../../../../docker/story-generator/tools/webSearch.ts";
import type { FaultInput } from "../../../../../standins/upstreams/faults.ts";
import { startUpstreams, type Upstreams } from "../../../../../standins/upstreams/server.ts";

describe("the web search of the agents", () => {
    let upstreams: Upstreams;
    let counted = 0;

    before(async () => {
        upstreams = await startUpstreams();
    });
    beforeEach(() => {
        upstreams.control.reset();
        counted = 0;
    });
    after(() => upstreams.stop());

    const search = () => new WebSearch([duckDuckGo(upstreams.duckduckgoUrl)], () => (counted += 1));
    const withKey = (key = "a-key") =>
        new WebSearch([duckDuckGo(upstreams.duckduckgoUrl), brave(upstreams.braveUrl, key)], () => (counted += 1));
    const fault = (kind: FaultInput["kind"]) => upstreams.control.fault({ upstream: "duckduckgo", kind, times: 0 });

    async function isUnavailable(engine: WebSearch, query: string): Promise<void> {
        const error = await engine.search(query, AbortSignal.timeout(5_000)).catch((it) => it);
        expect(error).to.be.instanceOf(SearchUnavailable);
    }

    for (const kind of ["throttle", "error", "down", "garbage"] as const) {
        it(`counts a search that is not answered (${kind})`, async () => {
            fault(kind);
            await isUnavailable(search(), "foxes");
            expect(counted).to.equal(1);
        });
    }

    it("counts those too that are not made while the engine is left alone", async () => {
        fault("throttle");
        const engine = search();
        for (const query of ["1", "2", "3", "4", "5", "6"]) {
            await isUnavailable(engine, query);
        }
        expect(counted).to.equal(6);
        expect(upstreams.requests("duckduckgo")).to.have.length(4);
    });

    it("counts nothing when there are results, or none to be had", async () => {
        expect(await search().search("foxes", AbortSignal.timeout(5_000))).to.have.length.above(0);
        fault("empty");
        expect(await search().search("foxes", AbortSignal.timeout(5_000))).to.deep.equal([]);
        expect(counted).to.equal(0);
    });

    it("asks Brave by key where DuckDuckGo turns it away, and counts nothing then", async () => {
        fault("throttle");
        const results = await withKey().search("foxes", AbortSignal.timeout(5_000));
        expect(results.length).to.be.within(4, 6);
        expect(results[0]).to.have.keys("title", "url", "snippet");
        expect(counted).to.equal(0);
        const [asked] = upstreams.requests("brave");
        expect(asked?.headers["x-subscription-token"]).to.equal("a-key");
    });

    it("leaves Brave alone as long as DuckDuckGo answers", async () => {
        await withKey().search("foxes", AbortSignal.timeout(5_000));
        expect(upstreams.requests("brave")).to.deep.equal([]);
    });

    it("counts a search that neither gives anything for, and never tells the key", async () => {
        fault("throttle");
        const error = await withKey("invalid-key")
            .search("foxes", AbortSignal.timeout(5_000))
            .catch((it) => it);
        expect(error).to.be.instanceOf(SearchUnavailable);
        expect(JSON.stringify([error.message, error.stack, error.cause])).to.not.contain("invalid-key");
        expect(counted).to.equal(1);
    });

    for (const kind of ["throttle", "error", "down", "garbage"] as const) {
        it(`counts a search that Brave does not answer either (${kind})`, async () => {
            fault("down");
            upstreams.control.fault({ upstream: "brave", kind, times: 0 });
            await isUnavailable(withKey(), "foxes");
            expect(counted).to.equal(1);
        });
    }

    it("takes of Brave's answer what are pages, as plain text, and none where there are none", async () => {
        fault("throttle");
        upstreams.control.fault({ upstream: "brave", kind: "nonsense" });
        const results = await withKey().search("foxes", AbortSignal.timeout(5_000));
        expect(results.map(({ url }) => url)).to.deep.equal(["https://example.com/win"]);
        upstreams.control.fault({ upstream: "brave", kind: "empty" });
        expect(await withKey().search("foxes", AbortSignal.timeout(5_000))).to.deep.equal([]);
    });

    describe("of a hostile engine", () => {
        /** What a search says of an engine whose page is `page`. */
        async function searched(page: string, engine: (url: string) => SearchEngine = duckDuckGo): Promise<unknown> {
            const server = createServer((_request, response) => response.end(page)).listen(0, "127.0.0.1");
            await once(server, "listening");
            const { port } = server.address() as AddressInfo;
            try {
                const search = new WebSearch([engine(`http://127.0.0.1:${port}/`)], () => undefined);
                return await search.search("foxes", AbortSignal.timeout(15_000)).catch((error) => error);
            } finally {
                server.close();
            }
        }
        const result = '<div class="result"><a class="result__a" href="https://example.org">A fox</a></div>';

        for (const unit of ["<!--", "<div>", '<div class="result">', "<a ", "</p>", "&#", "<script>"]) {
            it(`gives up a page of nothing but ${unit}`, async () => {
                expect(await searched(unit.repeat(299_000 / unit.length))).to.be.instanceOf(SearchUnavailable);
            });
        }

        it("gives up a page that is larger than any of results", async () => {
            expect(await searched(result)).to.have.length(1);
            expect(await searched(result + " ".repeat(300_000))).to.be.instanceOf(SearchUnavailable);
        });

        it("gives up an answer by key that takes too long to read", async () => {
            const answer = (title: string) =>
                JSON.stringify({ type: "search", web: { results: [{ title, url: "https://example.org" }] } });
            const byKey = (url: string) => brave(url, "a-key");
            expect(await searched(answer("A fox"), byKey)).to.have.length(1);
            expect(await searched(answer("<!--".repeat(74_000)), byKey)).to.be.instanceOf(SearchUnavailable);
        });
    });
});
