/** Calls that their caller named by an `Idempotency-Key`: sent again, they are answered and not paid for again. */
import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import { operations } from "../../../../contract/operations.ts";
import { requests } from "../../../kit/functions/requests.ts";
import { SLOW_PATH, type SlowFunction, slowFunction } from "../../../kit/functions/slowFunction.ts";
import { makeWorld, stopWorld, type World } from "../../../kit/functions/world.ts";
import { expectPublished } from "../../../kit/publishedApi.ts";

const path = SLOW_PATH;

describe("calls with a name", function () {
    this.timeout(60_000);
    let world: World;
    const paid = () => world.upstreams.requests("bedrock").length;

    before(async () => {
        world = await makeWorld();
    });
    after(stopWorld);
    beforeEach(() => world.upstreams.control.reset());

    for (const { path } of operations.filter((operation) => operation.function === "text")) {
        describe(path, () => {
            const call = (user: string, name: string, body: object = requests[path] ?? {}) =>
                world.call(path, body, user, {}, name);

            it("are answered from the record when they are sent again", async () => {
                const first = await call("ann", "again");
                expect(first.status, JSON.stringify(first.body)).to.equal(200);
                const second = await call("ann", "again");
                expect([second.status, second.body]).to.deep.equal([200, first.body]);
                expectPublished("POST", path, 200, second.body);
                expect(paid()).to.equal(1);
                const rows = (await world.sessions("ann")).filter(
                    ({ route }) => route === operations.find((operation) => operation.path === path)?.route,
                );
                expect(rows).to.have.lengthOf(1);
                expect(JSON.parse(rows[0]?.response ?? "")).to.deep.equal(first.body);
            });

            it("are another person's own, whatever they are called", async () => {
                await call("bea", "shared");
                expect((await call("bob", "shared")).body.authenticated_user.sub).to.equal("bob");
                expect(paid()).to.equal(2);
            });

            it("are refused when the name is that of another request", async () => {
                await call("ann", "reused");
                const { status, body } = await call("ann", "reused", {
                    ...requests[path],
                    model_id: "bedrock/us.amazon.nova-lite-v1:0",
                });
                expect([status, body.error]).to.deep.equal([422, "idempotency_key_reused"]);
                expectPublished("POST", path, 422, body);
                expect(paid()).to.equal(1);
            });

            it("are made again after they failed", async () => {
                world.upstreams.control.fault({ upstream: "bedrock", kind: "throttle", times: 0 });
                expect((await call("ann", "failed")).status).to.equal(429);
                world.upstreams.control.reset();
                expect((await call("ann", "failed")).status).to.equal(200);
                expect((await call("ann", "failed")).status).to.equal(200);
                expect(paid()).to.equal(1);
            });
        });
    }

    it("are one for each operation", async () => {
        for (const path of ["/generate-story-outline", "/generate-story"]) {
            expect((await world.call(path, requests[path], "cy", {}, "one-name")).status).to.equal(200);
        }
        expect(paid()).to.equal(2);
    });

    it("never fail for want of the table", async () => {
        await world.dropTable();
        try {
            expect((await world.call(path, requests[path], "ann", {}, "no-table")).status).to.equal(200);
        } finally {
            await world.createTable();
        }
    });

    describe("which take their time", () => {
        let begun: number;
        const functionOf = (
            answer: () => Promise<Record<string, unknown>>,
            more?: Parameters<typeof slowFunction>[1],
        ) =>
            slowFunction(() => {
                begun += 1;
                return answer();
            }, more);
        const call = async (slow: Promise<SlowFunction>, user: string, remainingMs?: number) =>
            (await slow).call(user, "slow", remainingMs);
        const isBegun = async () => {
            while (begun === 0) {
                await tick();
            }
        };
        const topics = { idea: "a lighthouse" };

        beforeEach(() => {
            begun = 0;
        });

        for (const keepsWork of [false, true]) {
            const whose = keepsWork ? "dot" : "dan";
            it(`are not begun a second time meanwhile, on whatever function (keeps its work: ${keepsWork})`, async () => {
                let resolve = (_topics: Record<string, unknown>) => {};
                const promise = new Promise<Record<string, unknown>>((resolved) => {
                    resolve = resolved;
                });
                const other = functionOf(async () => topics, { keepsWork });
                const first = call(
                    functionOf(() => promise, { keepsWork }),
                    whose,
                );
                await isBegun();
                const meanwhile = await call(other, whose);
                expect([meanwhile.status, meanwhile.body.error]).to.deep.equal([409, "call_under_way"]);
                expectPublished("POST", path, 409, meanwhile.body);
                expect(Number(meanwhile.headers["retry-after"])).to.be.greaterThan(0);
                resolve(topics);
                expect((await first).status).to.equal(200);
                expect((await call(other, whose)).status).to.equal(200);
                expect(begun).to.equal(keepsWork ? 2 : 1);
            });
        }

        for (const [what, timeoutSeconds, remainingMs] of [
            ["the gateway waits no longer", 0.01, 60_000],
            ["Lambda has ended it", 29, 10],
        ] as const) {
            it(`are begun again when the function that had them is gone, and ${what}`, async () => {
                const whose = `eli-${remainingMs}`;
                const dead = functionOf(() => new Promise(() => undefined), { timeoutSeconds });
                void call(dead, whose, remainingMs);
                await isBegun();
                let status: number;
                do {
                    ({ status } = await call(
                        functionOf(async () => topics),
                        whose,
                    ));
                } while (status === 409);
                expect([status, begun]).to.deep.equal([200, 2]);
            });
        }

        it("leave nothing of a person whose data are removed meanwhile", async () => {
            let resolve = (_topics: Record<string, unknown>) => {};
            const promise = new Promise<Record<string, unknown>>((resolved) => {
                resolve = resolved;
            });
            const first = call(
                functionOf(() => promise),
                "fay",
            );
            await isBegun();
            await world.data({ operation: "delete_user_data", user_id: "fay" });
            resolve(topics);
            expect((await first).status).to.equal(200);
            expect(await world.sessions("fay")).to.deep.equal([]);
        });

        it("are made again where the answer did not fit into its row", async () => {
            const large = functionOf(async () => ({ idea: "x".repeat(500_000) }));
            expect((await call(large, "gil")).body.result.idea).to.have.lengthOf(500_000);
            expect((await call(large, "gil")).body.result.idea).to.have.lengthOf(500_000);
            expect(begun).to.equal(2);
            expect(await world.sessions("gil")).to.have.lengthOf(1);
        });
    });

    describe("for pictures", () => {
        const path = "/generate-story-image";
        const call = (name?: string) => world.call(path, requests[path], "dee", {}, name);
        // The first call of a function takes longer.
        before(() => call());

        it("have each drawn once, when they are sent again and when they are sent twice at once", async () => {
            const both = await Promise.all([call("pictures"), call("pictures")]);
            const last = await call("pictures");
            expect(last.status).to.equal(200);
            expectPublished("POST", path, 200, last.body);
            for (const { status, body } of both) {
                expect(status, JSON.stringify(body)).to.be.oneOf([200, 409]);
            }
            expect(world.upstreams.requests("gemini")).to.have.lengthOf(3);
        });
    });
});
