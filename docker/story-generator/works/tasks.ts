/**
 * Which tasks of the service are alive. Each task increments a counter in its own row; a reader measures with its own clock
 * how long a counter did not change, so that the clocks of two tasks are never compared.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { everyRow, type Rows } from "../rows.ts";

/** Not a user's id: those begin with a letter or a digit. */
const TASKS = "#tasks";

/** Interval of a task's heartbeat, and the silence after which the task counts as dead. */
export const HEARTBEAT_MS = 2_000;
export const DEAD_AFTER_MS = 10_000;
/** A dead task's row is removed after this silence. */
const REMOVE_AFTER_MS = 600_000;
const POLL_MS = 500;

export interface Clock {
    /** Milliseconds since any fixed moment; never goes back. */
    now(): number;
    wait(milliseconds: number): Promise<unknown>;
}

export const steadyClock: Clock = { now: () => performance.now(), wait };

interface Seen {
    beats: number;
    runs: number;
    /** When this counter was first seen. */
    at: number;
}

export class Tasks {
    readonly id = randomUUID();
    readonly #rows: Rows;
    readonly #clock: Clock;
    #seen = new Map<string, Seen>();
    #beats = 0;
    #looks = 0;
    /** Number of the look whose result is in `#seen`. */
    #lastLook = 0;

    constructor(rows: Rows, clock: Clock = steadyClock) {
        this.#rows = rows;
        this.#clock = clock;
    }

    /** Writes this task's heartbeat with its number of runs, and reads the other tasks' rows. */
    async beat(runs: number): Promise<void> {
        this.#beats += 1;
        const row = { user_id: TASKS, session_id: this.id, beats: this.#beats, runs };
        // Only this task writes the row, so the stored row is an earlier beat.
        await this.#rows.put({ ...row, revision: this.#beats }, "older");
        await this.#look();
    }

    /** Runs of all other living tasks, as of the last look. */
    async runsElsewhere(): Promise<number> {
        await this.#look();
        return [...this.#seen.values()]
            .filter(({ at }) => this.#clock.now() - at < DEAD_AFTER_MS)
            .reduce((sum, { runs }) => sum + runs, 0);
    }

    /** Whether the task lives: waits until its counter changes or it has been silent for too long. */
    async lives(id: string): Promise<boolean> {
        if (id === this.id) {
            return true;
        }
        await this.#look();
        const first = this.#seen.get(id)?.beats;
        for (;;) {
            const seen = this.#seen.get(id);
            // A task has a row before it takes any work, and until its end.
            if (!seen || this.#clock.now() - seen.at >= DEAD_AFTER_MS) {
                return false;
            }
            if (seen.beats !== first) {
                return true;
            }
            await this.#clock.wait(POLL_MS);
            await this.#look();
        }
    }

    /** Whether the task is known to be dead, without waiting for its heartbeat. */
    async isDead(id: string): Promise<boolean> {
        if (id === this.id) {
            return false;
        }
        const isSilent = () =>
            this.#clock.now() - (this.#seen.get(id)?.at ?? Number.NEGATIVE_INFINITY) >= DEAD_AFTER_MS;
        if (isSilent()) {
            // If the last look is too old, the silence proves nothing, so this looks again.
            await this.#look();
        }
        return isSilent();
    }

    /** Removes this task's row at its end, so that its works are free at once. */
    async leave(): Promise<void> {
        await this.#rows.remove(TASKS, this.id);
    }

    async #look(): Promise<void> {
        this.#looks += 1;
        const look = this.#looks;
        const found = new Map<string, Seen>();
        for await (const row of everyRow(this.#rows, { userId: TASKS })) {
            const { session_id: id, beats, runs } = row as unknown as { session_id: string } & Omit<Seen, "at">;
            const before = this.#seen.get(id);
            const now = this.#clock.now();
            if (!before || beats > before.beats) {
                found.set(id, { beats, runs, at: now });
            } else if (now - before.at > REMOVE_AFTER_MS) {
                await this.#rows.remove(TASKS, id);
            } else {
                found.set(id, before);
            }
        }
        found.delete(this.id);
        // A slow look may have missed a task that began meanwhile.
        if (look > this.#lastLook) {
            this.#lastLook = look;
            this.#seen = found;
        }
    }
}
