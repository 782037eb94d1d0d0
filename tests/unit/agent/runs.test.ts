import { expect } from "chai";
import { RunRefused, Runs, ShuttingDown } from "../../../docker/story-generator/pipeline/runs.ts";

function refusal(start: () => unknown): string | undefined {
    try {
        start();
        return undefined;
    } catch (error) {
        return error instanceof RunRefused ? error.refusal : String(error);
    }
}

describe("the runs of a container", () => {
    it("are limited per user and in all, and a place comes back", () => {
        const runs = new Runs({ total: 3, perUser: 2 });
        const first = runs.begin("a", "1");
        runs.begin("a", "2");
        expect(refusal(() => runs.begin("a", "3"))).to.equal("too-many-for-user");
        runs.begin("b", "4");
        expect(refusal(() => runs.begin("c", "5"))).to.equal("full");
        first.end();
        expect(refusal(() => runs.begin("a", "1"))).to.equal(undefined);
    });

    it("make one story only once at a time", () => {
        const runs = new Runs({ total: 9, perUser: 9 });
        runs.begin("a", "1");
        expect(refusal(() => runs.begin("a", "1"))).to.equal("already-running");
        expect(refusal(() => runs.begin("b", "1"))).to.equal(undefined);
    });

    it("are refused while draining, and stopped when their time is over", async () => {
        const runs = new Runs({ total: 9, perUser: 9 });
        const { abort, end } = runs.begin("a", "1");
        abort.signal.addEventListener("abort", end);
        const drained = runs.drain(10);
        expect(refusal(() => runs.begin("b", "2"))).to.equal("draining");
        await drained;
        expect(abort.signal.reason).to.be.instanceOf(ShuttingDown);
        expect(runs.count).to.equal(0);
    });

    it("finish undisturbed when they end in time", async () => {
        const runs = new Runs({ total: 9, perUser: 9 });
        const { abort, end } = runs.begin("a", "1");
        const drained = runs.drain(60_000);
        end();
        await drained;
        expect(abort.signal.aborted).to.equal(false);
    });
});
