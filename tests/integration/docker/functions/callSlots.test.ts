/** How many calls one person may have under way at once, counted over all instances of a function. */
import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import { MAX_CONCURRENT_CALLS } from "../../../../docker/shared/callSlots.ts";
import { SLOW_PATH, slowFunction } from "../../../kit/functions/slowFunction.ts";
import { makeWorld, stopWorld, type World } from "../../../kit/functions/world.ts";
import { expectPublished } from "../../../kit/publishedApi.ts";

const topics = { idea: "a lighthouse" };

describe("calls of one person at once", function () {
    this.timeout(60_000);
    let world: World;
    let begun = 0;
    let letGo = () => {};
    /** Functions whose calls begin, and end when they are let go. */
    const held = () => {
        begun = 0;
        const going = new Promise<void>((resolve) => {
            letGo = resolve;
        });
        return slowFunction(async () => {
            begun += 1;
            await going;
            return topics;
        });
    };
    const areBegun = async (calls: number) => {
        while (begun < calls) {
            await tick();
        }
    };

    before(async () => {
        world = await makeWorld();
    });
    after(stopWorld);

    it("are bounded, whatever instance answers them, with or without a name", async () => {
        const instances = [await held(), await slowFunction(async () => topics)];
        const [first = expect.fail(), other = expect.fail()] = instances;
        const calls = Array.from({ length: MAX_CONCURRENT_CALLS }, (_, at) =>
            first.call("ann", at % 2 ? undefined : `name-${at}`),
        );
        await areBegun(MAX_CONCURRENT_CALLS);
        for (const name of [undefined, "one-more"]) {
            const more = await other.call("ann", name);
            expect([more.status, more.body.error]).to.deep.equal([429, "too_many_calls"]);
            expect(Number(more.headers["retry-after"])).to.be.greaterThan(0);
            expectPublished("POST", SLOW_PATH, 429, more.body);
        }
        expect((await other.call("bob")).status, "another person's").to.equal(200);
        letGo();
        expect((await Promise.all(calls)).map(({ status }) => status)).to.deep.equal(calls.map(() => 200));
        expect((await other.call("ann", "one-more")).status, "afterwards").to.equal(200);
        expect(await world.sessions("ann"), "what was refused is not recorded").to.have.lengthOf(
            MAX_CONCURRENT_CALLS + 1,
        );
    });

    it("are of all that come together no more than may be", async () => {
        const slow = await held();
        const calls = Array.from({ length: 3 * MAX_CONCURRENT_CALLS }, () => slow.call("cy"));
        const refused: number[] = [];
        for (const call of calls) {
            void call.then(({ status }) => refused.push(status));
        }
        while (refused.length < 2 * MAX_CONCURRENT_CALLS) {
            await tick();
        }
        expect(refused).to.deep.equal(refused.map(() => 429));
        expect(begun).to.equal(MAX_CONCURRENT_CALLS);
        letGo();
        await Promise.all(calls);
    });

    it("give back their place when they fail, and when their function is gone", async () => {
        const failing = await slowFunction(async () => {
            throw new Error("no answer");
        });
        for (let call = 0; call <= MAX_CONCURRENT_CALLS; call += 1) {
            expect((await failing.call("dot")).status).to.equal(500);
        }
        const dead = await held();
        for (let call = 0; call < MAX_CONCURRENT_CALLS; call += 1) {
            void dead.call("dot", undefined, 200);
        }
        await areBegun(MAX_CONCURRENT_CALLS);
        const living = await slowFunction(async () => topics);
        let status: number;
        do {
            ({ status } = await living.call("dot"));
        } while (status === 429);
        expect(status).to.equal(200);
        letGo();
    });

    it("are in no export and no query, and go with their person", async () => {
        const slow = await slowFunction(async () => topics);
        await slow.call("eve");
        const { result: page } = await world.data({ operation: "query_sessions", user_id: "eve" });
        expect(page.sessions).to.have.lengthOf(1);
        const { result: exported } = await world.data({ operation: "export_user_data", user_id: "eve" });
        expect(exported.sessions).to.equal(1);
        await world.data({ operation: "delete_user_data", user_id: "eve" });
        expect(await world.rows("eve")).to.deep.equal([]);
    });
});
