/**
 * A person's work row: the running works of the person on all tasks, and the stories that are being removed. Every write is
 * conditional on the version that was read, so that all tasks agree on who works on what.
 */
import { randomUUID } from "node:crypto";
import pLimit, { type LimitFunction } from "p-limit";
import { WORK_ROW_KEY } from "../../shared/sessionsTable.ts";
import type { Row, Rows } from "../rows.ts";
import type { Clock } from "./tasks.ts";

/** Attempts of a change that conflicts with those of other tasks. */
const MAX_ATTEMPTS = 60;
/** Changes of one person's row that wait in this task; further ones are refused. */
const MAX_WAITING = 1_000;

/** `run` and `narration`: one per story at a time. `part`: a regenerated part. `change`: a small write. */
export type WorkKind = "run" | "narration" | "part" | "change";

/** A work in the work row. */
export interface WorkEntry {
    kind: WorkKind;
    session_id: string;
    /** The id of its task. */
    task: string;
    /** The work is requested to end. */
    stop?: boolean;
    /** The work writes nothing more; paid calls are still running, and their late results are removed afterwards. */
    settling?: boolean;
}

export interface WorkRow {
    works: Record<string, WorkEntry>;
    /**
     * Stories that are being removed: no work begins on them. `erased`: everything is removed except the late results of calls
     * that are still running; the last of these works removes those.
     */
    removals: Record<string, "begun" | "erased">;
    /**
     * Stories that works may have left inconsistent; the next reader repairs them. Each value is the id of the latest entry, so
     * that a repair does not delete a newer entry.
     */
    doubts: Record<string, string>;
}

/** The work row is changed by too many at once; nothing was written. */
export class WorkRowBusy extends Error {
    constructor() {
        super("the person's work row is changed by too many at once");
        this.name = "WorkRowBusy";
    }
}

export class WorkRows {
    readonly #rows: Rows;
    readonly #clock: Clock;
    /** By person: this task's changes, one after the other, so that only other tasks' changes conflict. */
    readonly #queues = new Map<string, LimitFunction>();

    constructor(rows: Rows, clock: Clock) {
        this.#rows = rows;
        this.#clock = clock;
    }

    async read(userId: string): Promise<WorkRow> {
        return workRowOf(await this.#rows.get(userId, WORK_ROW_KEY));
    }

    /**
     * Applies `change` to the current work row, and again after a conflict; returns the last result of `change`. The row is
     * written only if `change` changed it. An error of `change` is thrown, and nothing is written. Throws WorkRowBusy.
     */
    async change<Result>(userId: string, change: (workRow: WorkRow) => Result): Promise<Result> {
        const queue = this.#queues.get(userId) ?? pLimit(1);
        if (queue.pendingCount >= MAX_WAITING) {
            throw new WorkRowBusy();
        }
        this.#queues.set(userId, queue);
        try {
            return await queue(() => this.#change(userId, change));
        } finally {
            if (queue.activeCount + queue.pendingCount === 0) {
                this.#queues.delete(userId);
            }
        }
    }

    async #change<Result>(userId: string, change: (workRow: WorkRow) => Result): Promise<Result> {
        for (let attempt = 1; ; attempt += 1) {
            const row = await this.#rows.get(userId, WORK_ROW_KEY);
            const workRow = workRowOf(row);
            const before = JSON.stringify(workRow);
            const result = change(workRow);
            if (JSON.stringify(workRow) === before) {
                return result;
            }
            const version = randomUUID();
            const isWritten = await this.#rows.put(
                { user_id: userId, session_id: WORK_ROW_KEY, version, ...workRow },
                row ? { version: String(row.version) } : "absent",
            );
            // The client retries a write whose answer was lost; our own first write then fails the condition.
            if (isWritten || (await this.#rows.get(userId, WORK_ROW_KEY))?.version === version) {
                return result;
            }
            if (attempt === MAX_ATTEMPTS) {
                throw new WorkRowBusy();
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
