import { expect } from "chai";
import { TOOL_CALLS_PER_RUN, Tools } from "../../../docker/story-generator/tools/toolbox.ts";

describe("the tools of a run's agents", () => {
    it("are called a few times for a question, and no more than so often in a run, whatever the model wants", async () => {
        let searches = 0;
        const search = {
            search: async () => {
                searches += 1;
                return [{ title: "A fox", url: "https://example.org", snippet: "" }];
            },
        };
        const caller = { userId: "ann", email: "", username: "ann", tokenUse: "id" } as const;
        const parts = { search, functions: {}, speech: undefined, speechKey: undefined, bucket: "bucket" };
        const calls = { left: TOOL_CALLS_PER_RUN };
        const tools = new Tools(parts as never).forRun(
            caller,
            new AbortController().signal,
            () => undefined,
            () => undefined,
            calls,
        );
        const ask = async () => {
            const before = searches;
            const tool = tools.searchTool();
            for (let call = 0; call < 30; call += 1) {
                await tool.invoke({ query: "foxes" });
            }
            return searches - before;
        };
        expect(await ask()).to.equal(5);
        while ((await ask()) > 0) {
            // Until nothing is left.
        }
        expect(searches).to.be.at.most(TOOL_CALLS_PER_RUN);
    });
});
