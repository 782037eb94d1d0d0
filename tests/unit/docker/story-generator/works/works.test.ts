/** What tasks agree on at a person's work row, in orders that are rare. */
import { expect } from "chai";
import type { Condition, Row, Rows } from "../../../../../docker/story-generator/rows.ts";
import { Works } from "../../../../../docker/story-generator/works/works.ts";

/** The table, as all tasks have it; `onRead` is told of each row that is read, before its reader has it. */
class MemoryRows implements Rows {
    readonly #rows = new Map<string, Row>();
    onRead: (key: string) => Promise<void> = async () => {};

    async get(userId: string, key: string): Promise<Row | undefined> {
        const row = structuredClone(this.#rows.get(`${userId} ${key}`));
        await this.onRead(key);
        return row;
    }

    async put(row: Row, condition: Condition): Promise<boolean | "created"> {
        const key = `${row.user_id} ${row.session_id}`;
        const there = this.#rows.get(key);
        const version = typeof condition === "object" ? condition.version : undefined;
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
    const clock = {
        now: () => now,
        wait: async (milliseconds: number) => {
            now += milliseconds;
        },
    };
    const task = async () => {
        const limits = { total: 4, perUser: { run: 2, narration: 2, part: 2 } };
        const works = new Works({ rows, limits, clock, onError: (error) => expect.fail(String(error)) });
        // As where others are still at work on the story.
        works.onLeft = async () => false;
        await works.beat();
        return works;
    };

    beforeEach(() => {
        now = 0;
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
});
