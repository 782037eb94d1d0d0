import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { SearchUnavailable, WebSearch } from "../../../docker/story-generator/tools/web-search.ts";
import type { FaultInput } from "../../../standins/upstreams/faults.ts";
import { startUpstreams, type Upstreams } from "../../../standins/upstreams/server.ts";

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

    const search = () => new WebSearch(upstreams.duckduckgoUrl, () => (counted += 1));
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

    describe("of a hostile engine", () => {
        /** What a search says of an engine whose page is `html`. */
        async function searched(html: string): Promise<unknown> {
            const server = createServer((_request, response) => response.end(html)).listen(0, "127.0.0.1");
            await once(server, "listening");
            const { port } = server.address() as AddressInfo;
            try {
                const engine = new WebSearch(`http://127.0.0.1:${port}/`, () => undefined);
                return await engine.search("foxes", AbortSignal.timeout(15_000)).catch((error) => error);
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
    });
});
