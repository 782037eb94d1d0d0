/**
 * Which tasks of the service live. Each counts up a row of its own; whoever reads sees it move, by a clock of its own, so
 * that no two clocks are ever compared.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { everyRow, type Rows } from "../rows.ts";

/** No user's id: those begin with a letter or a digit. */
const TASKS = "#tasks";

/** How often a task shows that it lives, and the silence after which it counts as dead. */
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
    /** When it was first seen so. */
    at: number;
}

export class Tasks {
    readonly id = randomUUID();
    readonly #rows: Rows;
    readonly #clock: Clock;
    #seen = new Map<string, Seen>();
    #beats = 0;
    #looks = 0;
    /** The look that found what was seen. */
    #lastLook = 0;

    constructor(rows: Rows, clock: Clock = steadyClock) {
        this.#rows = rows;
        this.#clock = clock;
    }

    /** Shows that this task lives and has `runs` runs, and looks at the others. */
    async beat(runs: number): Promise<void> {
        this.#beats += 1;
        const row = { user_id: TASKS, session_id: this.id, beats: this.#beats, runs };
        // Only this task writes the row: whatever stands there is an earlier beat.
        await this.#rows.put({ ...row, revision: this.#beats }, "older");
        await this.#look();
    }

    /** Runs of all other tasks that live, as of the last look. */
    async runsElsewhere(): Promise<number> {
        await this.#look();
        return [...this.#seen.values()]
            .filter(({ at }) => this.#clock.now() - at < DEAD_AFTER_MS)
            .reduce((sum, { runs }) => sum + runs, 0);
    }

    /** Whether the task lives: known when it moves again, or has been silent for too long. */
    async lives(id: string): Promise<boolean> {
        if (id === this.id) {
            return true;
        }
        await this.#look();
        const first = this.#seen.get(id)?.beats;
        for (;;) {
            const seen = this.#seen.get(id);
            // A task has its row before it takes any work, and until its end.
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

    /** Whether the task is known to be dead by now, without waiting for a sign of life. */
    async isDead(id: string): Promise<boolean> {
        if (id === this.id) {
            return false;
        }
        const isSilent = () =>
            this.#clock.now() - (this.#seen.get(id)?.at ?? Number.NEGATIVE_INFINITY) >= DEAD_AFTER_MS;
        if (isSilent()) {
            // Whoever has not looked for so long has heard nothing either.
            await this.#look();
        }
        return isSilent();
    }

    /** The end of this task: its works are free at once. */
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
        // One that took long knows nothing of a task that has begun meanwhile.
        if (look > this.#lastLook) {
            this.#lastLook = look;
            this.#seen = found;
        }
    }
}
