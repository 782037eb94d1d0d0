/** What a list of stories reads of the table, by whose size it is paid for. */
import { expect } from "chai";
import type { Condition, Part, Row, Rows } from "../../../../docker/story-generator/rows.ts";
import { StoryIndex } from "../../../../docker/story-generator/storyIndex.ts";

const STORIES = 10_000;
const TOPIC = "x".repeat(5_000);

/** A table that counts what it reads: whole rows, before anything of them is left out. */
class CountingRows implements Rows {
    readonly rows = new Map<string, Row>();
    bytes = 0;

    async get(_user: string, key: string) {
        return this.rows.get(key);
    }

    async put(row: Row, _condition: Condition) {
        this.rows.set(row.session_id, row);
        return "created" as const;
    }

    async remove(_user: string, key: string) {
        return this.rows.delete(key);
    }

    async move(row: Row, from: string) {
        this.rows.delete(from);
        this.rows.set(row.session_id, row);
    }

    async part({ prefix, route, limit = Number.POSITIVE_INFINITY, newestFirst, after }: Part) {
        const keys = [...this.rows.keys()]
            .filter((key) => (prefix === undefined ? key > "$" : key.startsWith(prefix)))
            .sort((one, other) => (one < other === !newestFirst ? -1 : 1))
            .filter((key) => after === undefined || (newestFirst ? key < after : key > after));
        const read = keys.slice(0, limit).map((key) => this.rows.get(key) as Row);
        this.bytes += JSON.stringify(read).length;
        return {
            rows: read.filter((row) => route === undefined || row.route === route),
            next: keys.length > limit ? read.at(-1)?.session_id : undefined,
        };
    }
}

/** As the version before kept them. */
function earlierRow(at: number): Row {
    const session_id = `story-${String(at).padStart(5, "0")}`;
    const created_at = new Date(Date.UTC(2025, 0, 1) + at * 60_000).toISOString();
    return {
        user_id: "ann",
        session_id,
        timestamp: Date.parse(created_at),
        route: "generate_story_pipeline",
        request: JSON.stringify({ topic: TOPIC, creative_notes: TOPIC }),
        response: JSON.stringify({ session_id, title: TOPIC, topic: TOPIC, created_at }),
        created_at,
    };
}

describe("a list of stories", () => {
    it("reads the rows of a page alone, of 10,000 of an earlier version too, and no call that is recorded", async () => {
        const table = new CountingRows();
        const index = new StoryIndex(table, async () => false);
        const recorded = { user_id: "ann", route: "generate_entire_story", response: "x".repeat(100_000) };
        for (const session_id of ["a-job", "#call#a-job#request#1"]) {
            table.rows.set(session_id, { ...recorded, session_id });
        }
        for (let at = 0; at < STORIES; at += 1) {
            const row = earlierRow(at);
            table.rows.set(row.session_id, row);
        }
        const first = await index.page("ann", 100);
        expect(first.stories).to.have.lengthOf(100);
        expect(first.stories[0]?.topic).to.have.lengthOf(300);
        while ([...table.rows.keys()].some((key) => key.startsWith("story-"))) {
            await new Promise(setImmediate);
        }
        // The look that finds that there are no more.
        await index.page("ann", 100);
        table.bytes = 0;
        const shown = new Set<string>();
        let next: string | undefined;
        let pages = 0;
        do {
            const page = await index.page("ann", 1_000, next);
            for (const { session_id } of page.stories) {
                shown.add(session_id);
            }
            pages += 1;
            next = page.next;
        } while (next);
        expect([shown.size, pages]).to.deep.equal([STORIES, 10]);
        expect(table.bytes / STORIES, "bytes for each story").to.be.below(2_000);
        table.bytes = 0;
        await index.page("ann", 10);
        expect(table.bytes).to.be.below(11 * 2_000);
    });

    it("removes what is recorded of a story's calls, also by earlier versions", async () => {
        const table = new CountingRows();
        const index = new StoryIndex(table, async () => false);
        const id = "a-story";
        const others = ["#call#other#request#1", `#call#${id}x#request#1`, "other#request#1"];
        for (const session_id of [`#call#${id}#request#1`, `#call#${id}#name#route`, `${id}#request#1`, ...others]) {
            table.rows.set(session_id, { user_id: "ann", session_id });
        }
        expect(await index.removeCalls("ann", id)).to.equal(true);
        expect([...table.rows.keys()]).to.deep.equal(others);
    });
});
