/** What tasks agree on at a person's work row, in orders that are rare. */
import { expect } from "chai";
import type { Condition, Row, Rows } from "../../../../../docker/story-generator/rows.ts";
import { asWork, httpErrorOf } from "../../../../../docker/story-generator/works/requestWork.ts";
import { Works } from "../../../../../docker/story-generator/works/works.ts";

/** The table, as all tasks have it; `onRead` is told of each row that is read, before its reader has it. */
class MemoryRows implements Rows {
    readonly #rows = new Map<string, Row>();
    onRead: (key: string) => Promise<void> = async () => {};
    /** Whether writes of a row lose against another's each time. */
    isContended: (key: string) => boolean = () => false;

    async get(userId: string, key: string): Promise<Row | undefined> {
        const row = structuredClone(this.#rows.get(`${userId} ${key}`));
        await this.onRead(key);
        return row;
    }

    async put(row: Row, condition: Condition): Promise<boolean | "created"> {
        const key = `${row.user_id} ${row.session_id}`;
        const there = this.#rows.get(key);
        const version = typeof condition === "object" ? condition.version : undefined;
        if (this.isContended(row.session_id)) {
            return false;
        }
        const holds = condition === "older" || (version === undefined ? !there : there?.version === version);
        if (holds) {
            this.#rows.set(key, structuredClone(row));
        }
        return holds && (there ? true : "created");
    }

    async remove(userId: string, key: string): Promise<boolean> {
        return this.#rows.delete(`${userId} ${key}`);
    }

    async move(): Promise<void> {}

    async part({ userId }: { userId: string }): Promise<{ rows: Row[] }> {
        return { rows: [...this.#rows.values()].filter(({ user_id }) => user_id === userId) };
    }
}

describe("the works of tasks", () => {
    let now = 0;
    let rows: MemoryRows;
    let onWait: () => Promise<void>;
    const clock = {
        now: () => now,
        wait: async (milliseconds: number) => {
            now += milliseconds;
            await onWait();
        },
    };
    const LIMITS = { total: 4, perUser: { run: 2, narration: 2, part: 2 } };
    const task = async (limits = LIMITS, onError: (error: unknown) => void = (error) => expect.fail(String(error))) => {
        const works = new Works({ rows, limits, clock, onError });
        // As where others are still at work on the story.
        works.onLeft = async () => false;
        await works.beat();
        return works;
    };

    beforeEach(() => {
        now = 0;
        onWait = async () => {};
        rows = new MemoryRows();
    });

    it("have a removal done again where one that was taken for dead came back in the middle of it", async () => {
        const [hanging, other] = [await task(), await task()];
        const part = await hanging.begin("ann", "fox", "part");
        await other.beat();
        now += 11_000;
        await other.beat();
        expect((await other.look("ann")).works, "taken for dead").to.deep.equal({});
        await other.remove("ann", "fox");
        const before = await other.workRow("ann");
        await part.end();
        expect(await other.removed("ann", "fox", before)).to.equal(false);
        expect(await other.removed("ann", "fox", await other.workRow("ann"))).to.equal(true);
    });

    it("count as runs once they have their place, and are refused before it where their task is told to end", async () => {
        const works = await task();
        rows.onRead = async (key) => {
            if (key.includes("desk")) {
                expect(works.runs).to.equal(0);
                void works.drain(0);
            }
        };
        const refused = await works.begin("ann", "owl", "run").catch((error: Error) => error);
        expect(refused).to.include({ refusal: "draining" });
        expect(works.runs).to.equal(0);
    });

    it("are not stopped by a beat that read the work row before they had their place", async () => {
        const works = await task();
        const first = await works.begin("ann", "owl", "run");
        let begun: Awaited<ReturnType<typeof works.begin>> | undefined;
        rows.onRead = async (key) => {
            if (key === "#desk") {
                rows.onRead = async () => {};
                begun = await works.begin("ann", "fox", "run");
            }
        };
        await works.beat();
        expect(begun?.signal.aborted).to.equal(false);
        expect(first.signal.aborted).to.equal(false);
    });

    it("are left to a living task by one that has not looked for long", async () => {
        const [living, hanging] = [await task(), await task()];
        const run = await living.begin("ann", "fox", "run");
        await hanging.beat();
        now += 11_000;
        await living.beat();
        expect((await hanging.look("ann")).works).to.have.keys(run.id);
    });

    it("of one person begin and end one after the other in a task, as many as there are", async () => {
        const many = { total: 400, perUser: { run: 400, narration: 2, part: 2 } };
        const [works, elsewhere] = [await task(many), await task(many)];
        const stories = Array.from({ length: 200 }, (_, number) => `fox-${number}`);
        const begun = await Promise.all([
            ...stories.map((id) => works.begin("ann", id, "run")),
            elsewhere.begin("ann", "owl", "run"),
        ]);
        expect(Object.keys((await works.workRow("ann")).works)).to.have.lengthOf(201);
        await Promise.all(begun.map((work) => work.end()));
        expect((await works.workRow("ann")).works).to.deep.equal({});
    });

    it("wait for the heartbeats of other tasks beside each other", async () => {
        const [full, other] = [await task(), await task()];
        await Promise.all([full.begin("ann", "fox", "run"), full.begin("ann", "owl", "run")]);
        let waiting = 0;
        let bothWait = () => {};
        const both = new Promise<void>((resolve) => {
            bothWait = resolve;
        });
        onWait = () => {
            waiting += 1;
            if (waiting === 2) {
                void full.beat().then(bothWait);
            }
            return both;
        };
        const refused = ["cat", "dog"].map((id) => other.begin("ann", id, "run").catch(({ refusal }) => refusal));
        expect(await Promise.all(refused)).to.deep.equal(["too-many-for-user", "too-many-for-user"]);
    });

    it("are refused with a time to come back where a thousand others of the person wait in the task", async () => {
        const failures: unknown[] = [];
        const works = await task(LIMITS, (error) => failures.push(error));
        let go = () => {};
        const held = new Promise<void>((resolve) => {
            go = resolve;
        });
        rows.onRead = (key) => (key === "#desk" ? held : Promise.resolve());
        const begin = (at: number) => works.begin("ann", `fox-${at}`, "change");
        const begun = Array.from({ length: 1_001 }, (_, at) => begin(at));
        const refused = asWork(works, { userId: "ann", sessionId: "owl", kind: "change" }, async () => {
            expect.fail("it has no place");
        }).catch(httpErrorOf);
        go();
        await Promise.all(begun);
        expect(await refused).to.deep.include({ status: 503, headers: { "Retry-After": "5" } });
        // Nor could it be taken from the row, as long as the others waited; the next beat does that.
        expect(failures).to.have.lengthOf(1);
        await works.beat();
        expect(failures).to.have.lengthOf(1);
        expect(Object.keys((await works.workRow("ann")).works)).to.have.lengthOf(1_001);
    });

    it("are refused with a time to come back where other tasks change the row too often", async () => {
        const works = await task();
        rows.isContended = (key) => key === "#desk";
        const error = await asWork(works, { userId: "ann", sessionId: "fox", kind: "change" }, async () => {
            expect.fail("it has no place");
        }).catch(httpErrorOf);
        expect(error).to.deep.include({ status: 503, headers: { "Retry-After": "5" } });
    });
});
