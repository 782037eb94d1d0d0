/**
 * A person's work row: the row that says what is under way for them, on every task, and which of their stories are being
 * removed. It is changed only as it was read, so that all tasks agree on who works on what.
 */
import { randomUUID } from "node:crypto";
import { WORK_ROW_KEY } from "../../shared/sessionsTable.ts";
import type { Row, Rows } from "../rows.ts";
import type { Clock } from "./tasks.ts";

const ATTEMPTS = 60;

/** `run` and `narration`: one of a story at a time. `part`: a part made again. `change`: a small write. */
export type WorkKind = "run" | "narration" | "part" | "change";

/** A work as the work row has it. */
export interface WorkEntry {
    kind: WorkKind;
    session_id: string;
    /** The task that does it. */
    task: string;
    /** It shall end. */
    stop?: boolean;
    /** It writes nothing more; calls that are paid for are still under way, and what they leave is cleared after them. */
    settling?: boolean;
}

export interface WorkRow {
    works: Record<string, WorkEntry>;
    /**
     * Stories that are being removed: nothing begins on them any more. `erased`: all is gone but what calls for the story
     * that are still under way will leave; the last of these works clears that.
     */
    removals: Record<string, "begun" | "erased">;
    /**
     * Stories that works may have left half-written: whoever looks puts them in order. Each has an id of the last time that one
     * was noted, so that nobody takes a later one off with it.
     */
    doubts: Record<string, string>;
}

export class WorkRows {
    readonly #rows: Rows;
    readonly #clock: Clock;

    constructor(rows: Rows, clock: Clock) {
        this.#rows = rows;
        this.#clock = clock;
    }

    async read(userId: string): Promise<WorkRow> {
        return workRowOf(await this.#rows.get(userId, WORK_ROW_KEY));
    }

    /**
     * Applies `change` to the work row as it stands, and again where another task was faster; what it returns last is returned.
     * It is written only where `change` leaves it different. What `change` throws is thrown, and nothing is written.
     */
    async change<Result>(userId: string, change: (workRow: WorkRow) => Result | Promise<Result>): Promise<Result> {
        for (let attempt = 1; ; attempt += 1) {
            const row = await this.#rows.get(userId, WORK_ROW_KEY);
            const workRow = workRowOf(row);
            const before = JSON.stringify(workRow);
            const result = await change(workRow);
            if (JSON.stringify(workRow) === before) {
                return result;
            }
            const version = randomUUID();
            const isWritten = await this.#rows.put(
                { user_id: userId, session_id: WORK_ROW_KEY, version, ...workRow },
                row ? { version: String(row.version) } : "absent",
            );
            // An answer that was lost on the way is tried again by the client, and then refused for our own write.
            if (isWritten || (await this.#rows.get(userId, WORK_ROW_KEY))?.version === version) {
                return result;
            }
            if (attempt === ATTEMPTS) {
                throw new Error("the person's work row changes too often");
            }
            await this.#clock.wait(Math.random() * Math.min(10 * attempt, 200));
        }
    }
}

function workRowOf(row: Row | undefined): WorkRow {
    return {
        works: { ...(row?.works as WorkRow["works"]) },
        removals: { ...(row?.removals as WorkRow["removals"]) },
        doubts: { ...(row?.doubts as WorkRow["doubts"]) },
    };
}
