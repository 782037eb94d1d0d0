/** What the ledger keeps where writes are sent twice, where clocks differ, and where many write at once. */
import { expect } from "chai";
import { sumOf, ZERO_USAGE } from "../../../../contract/usage.ts";
import { Bounded, BoundReached } from "../../../../docker/shared/usage/bounds.ts";
import { Ledger, type LedgerCall } from "../../../../docker/shared/usage/ledger.ts";
import { startEmulator } from "../../../kit/agent/dependencies.ts";
import { FaultyAws } from "../../../kit/agent/faultyAws.ts";
import { createUsageTable, documentClient, USAGE_TABLE } from "../../../kit/usage.ts";

const MODEL = "us.amazon.nova-pro-v1:0";
const NOON = new Date("2026-11-26T12:00:00Z");

describe("the ledger", function () {
    this.timeout(60_000);
    let stop: () => Promise<void>;
    let border: FaultyAws;
    let ledger: Ledger;
    let calls = 0;

    before(async () => {
        const emulator = await startEmulator();
        stop = emulator.stop;
        await createUsageTable(emulator.url);
        border = await FaultyAws.before(emulator);
        ledger = new Ledger(documentClient(border.url), USAGE_TABLE);
    });
    afterEach(() => {
        border.fails = () => false;
        border.losesAnswer = () => false;
    });
    after(async () => {
        border?.stop();
        await stop?.();
    });

    const call = (about: Partial<LedgerCall> = {}): LedgerCall => {
        calls += 1;
        return { id: `call-${calls}`, userId: "ann", story: "story", model: MODEL, at: NOON, ...about };
    };
    const used = { ...ZERO_USAGE, calls: 1, input_tokens: 10, output_tokens: 3, nano_usd: 17_600 };

    it("adds a call once, however often its writes are sent", async () => {
        const story = "sent-twice";
        const once = call({ story });
        border.losesAnswer = (sent) => sent === "UpdateItem" && border.lost < 2;
        await ledger.begin(once);
        border.losesAnswer = (sent) => sent === "UpdateItem" && border.lost < 4;
        await ledger.end(once, used);
        await ledger.end(once, used);
        expect(border.lost).to.equal(4);
        const [row, ...more] = await ledger.ofStory("ann", story);
        expect(more).to.deep.equal([]);
        const about = { user_id: "ann", story, day: "2026-11-26", model: MODEL, prompt_versions: [] };
        expect(row).to.deep.equal({ ...used, ...about, open: 0 });
    });

    it("keeps that there was a call whose process died", async () => {
        const story = "died";
        await ledger.begin(call({ story }));
        const ended = call({ story });
        await ledger.begin(ended);
        await ledger.end(ended, used);
        const [row] = await ledger.ofStory("ann", story);
        expect(row).to.include({ calls: 1, input_tokens: 10, open: 1 });
    });

    it("has the versions of the prompts by which a model was asked", async () => {
        const story = "asked-by-prompts";
        for (const promptVersion of ["0123456789ab", undefined, "ba9876543210", "0123456789ab"]) {
            const one = call({ story, promptVersion });
            await ledger.begin(one);
            await ledger.end(one, used);
        }
        const [row] = await ledger.ofStory("ann", story);
        expect(row?.prompt_versions).to.have.members(["0123456789ab", "ba9876543210"]).and.to.have.length(2);
        expect(row?.calls).to.equal(4);
    });

    it("loses nothing where many write to one row at once", async () => {
        const story = "crowd";
        await Promise.all(
            Array.from({ length: 60 }, async () => {
                const one = call({ story });
                await ledger.begin(one);
                await ledger.end(one, used);
            }),
        );
        const rows = await ledger.ofStory("ann", story);
        expect(sumOf(rows)).to.deep.equal({
            ...ZERO_USAGE,
            calls: 60,
            input_tokens: 600,
            output_tokens: 180,
            nano_usd: 60 * 17_600,
        });
    });

    it("has each call on the day that its own clock says, and once, where clocks differ", async () => {
        const story = "midnight";
        const early = call({ story, at: new Date("2026-11-26T23:59:59.900Z") });
        const late = call({ story, at: new Date("2026-11-27T00:00:00.100Z") });
        await Promise.all([ledger.begin(early), ledger.begin(late)]);
        // It ends on the next day, and by a clock that is behind.
        await Promise.all([ledger.end(early, used), ledger.end(late, used)]);
        await ledger.end(early, used);
        const rows = await ledger.ofStory("ann", story);
        expect(rows.map(({ day, calls: count }) => [day, count])).to.deep.equal([
            ["2026-11-26", 1],
            ["2026-11-27", 1],
        ]);
        const ofBob = await ledger.ofDay("2026-11-27", "bob");
        expect(ofBob).to.deep.equal([]);
        expect((await ledger.ofDay("2026-11-27")).map((row) => row.story)).to.deep.equal([story]);
    });

    it("lets 50 who begin at once have as many stories as a day may have, whatever is sent twice", async () => {
        let sent = 0;
        // A call whose answers are lost at each attempt fails, as it should.
        border.losesAnswer = (_, attempt) => {
            sent += 1;
            return attempt === 1 && sent % 3 === 0;
        };
        const most = { dailyStoriesPerPerson: 3, monthlyStoriesPerPerson: 5 };
        const begin = (story: string, at = NOON) => ledger.beginStory("crowded", story, at, most);
        const met = await Promise.all(Array.from({ length: 50 }, (_, index) => begin(`story-${index}`)));
        expect(met.filter((bound) => bound === undefined)).to.have.lengthOf(3);
        expect(new Set(met.filter(Boolean))).to.deep.equal(new Set(["dailyStoriesPerPerson"]));
        const begun = `story-${met.indexOf(undefined)}`;
        expect(await begin(begun), "one that has begun begins again").to.equal(undefined);

        const tomorrow = new Date("2026-11-27T12:00:00Z");
        const next = [await begin("a", tomorrow), await begin("b", tomorrow), await begin("c", tomorrow)];
        expect(next).to.deep.equal([undefined, undefined, "monthlyStoriesPerPerson"]);
        await ledger.giveBackStory("crowded", "b", tomorrow);
        await ledger.giveBackStory("crowded", "b", tomorrow);
        expect([await begin("c", tomorrow), await begin("d", tomorrow)]).to.deep.equal([
            undefined,
            "monthlyStoriesPerPerson",
        ]);
        expect(await begin("e", new Date("2026-12-01T00:00:00Z"))).to.equal(undefined);
    });

    describe("and its bounds", () => {
        const none = {
            dailyStoriesPerPerson: 0,
            monthlyStoriesPerPerson: 0,
            dailyUsdPerPerson: 0,
            monthlyUsdPerPerson: 0,
            dailyUsd: 0,
            tokensPerRun: 0,
            usdPerRun: 0,
            turnsPerRun: 0,
            secondsPerRun: 0,
        };
        const bounded = (bounds: Partial<typeof none>, at: Date) =>
            new Bounded({
                ledger,
                bounds: { ...none, ...bounds },
                onError: (error) => expect.fail(String(error)),
                now: () => at,
            });
        const reachedBy = (work: Promise<unknown>): Promise<BoundReached | undefined> =>
            work.then(
                () => undefined,
                (error) => error as BoundReached,
            );
        async function spend(userId: string, at: Date, nano_usd: number) {
            const one = call({ userId, story: `spent-by-${userId}`, at });
            await ledger.begin(one);
            await ledger.end(one, { ...used, nano_usd });
        }

        it("refuse who has spent a day's USD, and nobody else, with when it starts anew", async () => {
            const at = new Date("2026-08-05T23:59:30Z");
            await spend("carol", at, 2_000_000_000);
            const its = bounded({ dailyUsdPerPerson: 2 }, at);
            const reached = await reachedBy(its.assertMay({ userId: "carol" }));
            expect(reached).to.be.instanceOf(BoundReached);
            expect(reached?.reached).to.deep.equal({
                name: "dailyUsdPerPerson",
                limit: 2,
                left: 0,
                resets_at: "2026-08-06T00:00:00.000Z",
            });
            expect(reached?.retryAfter).to.equal(30);
            await its.assertMay({ userId: "carol", isAdmin: true });
            await its.assertMay({ userId: "dave" });
            await bounded({ dailyUsdPerPerson: 2 }, new Date("2026-08-06T00:00:01Z")).assertMay({ userId: "carol" });
        });

        it("count a month and the whole stack", async () => {
            const at = new Date("2026-09-15T10:00:00Z");
            await spend("erin", new Date("2026-09-01T10:00:00Z"), 1_500_000_000);
            await spend("erin", at, 600_000_000);
            await spend("frank", at, 500_000_000);
            const month = await reachedBy(bounded({ monthlyUsdPerPerson: 2 }, at).assertMay({ userId: "erin" }));
            expect(month?.reached).to.include({ name: "monthlyUsdPerPerson", resets_at: "2026-10-01T00:00:00.000Z" });
            const stack = await reachedBy(bounded({ dailyUsd: 1 }, at).assertMay({ userId: "gina" }));
            expect(stack?.reached.name).to.equal("dailyUsd");
        });

        it("hold a run by what it uses itself", async () => {
            const at = new Date("2026-07-01T10:00:00Z");
            await spend("hana", at, 5_000_000_000);
            for (const [bound, limit] of [
                ["usdPerRun", 1],
                ["tokensPerRun", 13],
                ["turnsPerRun", 1],
            ] as const) {
                const run = await bounded({ [bound]: limit }, at).run({ userId: "hana" }, "spent-by-hana");
                await run.assertMay();
                await spend("hana", at, 1_000_000_000);
                const reached = await reachedBy(run.assertMay());
                expect(reached?.reached.name).to.equal(bound);
                expect(reached?.retryAfter).to.equal(undefined);
            }
        });

        it("refuse nobody where the ledger is away", async () => {
            const told: unknown[] = [];
            const its = new Bounded({
                ledger,
                bounds: { ...none, dailyUsdPerPerson: 1, dailyStoriesPerPerson: 1 },
                onError: (error) => told.push(error),
            });
            border.fails = () => true;
            await its.assertMay({ userId: "ivy" });
            await its.beginStory({ userId: "ivy" }, "story");
            expect(told).to.have.length.above(0);
        });
    });
});
