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
});
