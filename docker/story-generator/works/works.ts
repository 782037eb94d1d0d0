/**
 * The running works of this task, each with an entry on the person's work row: their limits, their mutual exclusion, and their
 * end when a story is removed or the task shuts down.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Rows } from "../rows.ts";
import { type Clock, HEARTBEAT_MS, steadyClock, Tasks } from "./tasks.ts";
import { type WorkEntry, type WorkKind, type WorkRow, WorkRows } from "./workRows.ts";

/** Why a work can't begin now. */
export type Refusal = "draining" | "full" | "too-many-for-user" | "already-running" | "removed";

export class WorkRefused extends Error {
    readonly refusal: Refusal;

    constructor(refusal: Refusal) {
        super(`a work was refused: ${refusal}`);
        this.name = "WorkRefused";
        this.refusal = refusal;
    }
}

/** The abort reason when the container shuts down. */
export class ShuttingDown extends Error {
    constructor() {
        super("the container is going away");
        this.name = "ShuttingDown";
    }
}

/** The abort reason after a removal, a reset, or a takeover by another task. */
export class Stopped extends Error {
    constructor() {
        super("the work is not wanted any more");
        this.name = "Stopped";
    }
}

/** The abort reason when the person stops a run: finished stages stay, and the run can be resumed. */
export class StoppedByUser extends Error {
    constructor() {
        super("the person stopped the run");
        this.name = "StoppedByUser";
    }
}

export interface WorkLimits {
    /** Concurrent runs of all tasks. */
    total: number;
    /** Concurrent works of one person, on all tasks. */
    perUser: Record<Exclude<WorkKind, "change">, number>;
}

/** How long a removal or a reset waits for the works that it stops; a work that takes longer cleans up after itself. */
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 200;
/** Time for works that are stopped at the container's shutdown to save their state. */
const SAVE_TIMEOUT_MS = 4_000;

/** One work of this task. */
export class Work {
    readonly id = randomUUID();
    readonly userId: string;
    readonly sessionId: string;
    readonly kind: WorkKind;
    readonly abort = new AbortController();
    /** Whether the work has an entry on the work row. */
    hasBegun = false;
    /** Whether the work may have left the story inconsistent; the story is repaired afterwards. */
    isDoubtful = false;
    /** Resolves when the work writes nothing more, so that another may take its place. */
    readonly replaceable: Promise<void>;
    /** Resolves when the work's entry is removed from the work row. */
    readonly ended: Promise<void>;
    readonly #end: (work: Work) => Promise<void>;
    readonly #paidCalls = new Set<Promise<unknown>>();
    #resolveReplaceable = () => {};
    #resolveEnded = () => {};
    #ending: Promise<void> | undefined;

    constructor(userId: string, sessionId: string, kind: WorkKind, end: (work: Work) => Promise<void>) {
        this.userId = userId;
        this.sessionId = sessionId;
        this.kind = kind;
        this.#end = end;
        this.replaceable = new Promise((resolve) => {
            this.#resolveReplaceable = resolve;
        });
        this.ended = new Promise((resolve) => {
            this.#resolveEnded = resolve;
        });
    }

    get signal(): AbortSignal {
        return this.abort.signal;
    }

    /** Keeps the work running until this paid call has its answer. */
    keep = (call: Promise<unknown>): void => {
        const settledCall = call.catch(() => undefined).finally(() => this.#paidCalls.delete(settledCall));
        this.#paidCalls.add(settledCall);
    };

    get isSettling(): boolean {
        return this.#paidCalls.size > 0;
    }

    async settled(): Promise<void> {
        await Promise.all(this.#paidCalls);
    }

    /** Called when the work row records that only paid calls are still running. */
    settle(): void {
        this.#resolveReplaceable();
    }

    /** The work is done: it writes nothing more. */
    end(): Promise<void> {
        this.#ending ??= this.#end(this).finally(() => {
            this.#resolveReplaceable();
            this.#resolveEnded();
        });
        return this.#ending;
    }
}

export interface WorksOptions {
    rows: Rows;
    limits: WorkLimits;
    /** Called with an error of the work row; the operation is retried. */
    onError: (error: unknown) => void;
    clock?: Clock;
}

export class Works {
    readonly tasks: Tasks;
    readonly #workRows: WorkRows;
    readonly #limits: WorkLimits;
    readonly #clock: Clock;
    readonly #onError: (error: unknown) => void;
    readonly #active = new Map<string, Work>();
    /** Ended works whose entry could not be removed from the work row. */
    readonly #leftovers = new Set<Work>();
    #beats: NodeJS.Timeout | undefined;
    #draining = false;
    /** Removes the rest of a story whose removal has begun. */
    onRemoved: (userId: string, sessionId: string) => Promise<void> = async () => {};
    /** Repairs a story that works left inconsistent; returns whether it did: false while other works hold the story. */
    onLeft: (userId: string, sessionId: string) => Promise<boolean> = async () => true;

    constructor({ rows, limits, onError, clock = steadyClock }: WorksOptions) {
        this.tasks = new Tasks(rows, clock);
        this.#workRows = new WorkRows(rows, clock);
        this.#limits = limits;
        this.#clock = clock;
        this.#onError = onError;
    }

    /** Number of this task's runs with an entry; a run without one may still be refused. */
    get runs(): number {
        return [...this.#active.values()].filter(({ kind, hasBegun }) => kind === "run" && hasBegun).length;
    }

    get isDraining(): boolean {
        return this.#draining;
    }

    /** Starts this task's heartbeat. */
    async open(): Promise<void> {
        await this.beat().catch(this.#onError);
        const next = () => {
            this.#beats = setTimeout(() => void this.beat().catch(this.#onError).finally(next), HEARTBEAT_MS);
        };
        next();
    }

    /** Stops the heartbeat and removes this task's row. */
    async close(): Promise<void> {
        clearTimeout(this.#beats);
        await this.tasks.leave().catch(this.#onError);
    }

    /** Writes the task's heartbeat, and aborts those of its works that are requested to end. */
    async beat(): Promise<void> {
        await this.tasks.beat(this.runs);
        await Promise.all([...this.#leftovers].map((work) => this.#leave(work)));
        for (const userId of new Set([...this.#active.values()].map((work) => work.userId))) {
            // Only begun works: a work that begins meanwhile is not on the work row that is read here.
            const begun = [...this.#active.values()].filter((work) => work.userId === userId && work.hasBegun);
            const workRow = await this.#workRows.read(userId);
            for (const work of begun) {
                if (!workRow.works[work.id] || workRow.works[work.id]?.stop) {
                    work.abort.abort(reasonFor(work, workRow));
                }
            }
        }
    }

    /** Begins a work: adds its entry to the work row. Throws WorkRefused. The work's `end` removes the entry. */
    async begin(userId: string, sessionId: string, kind: WorkKind): Promise<Work> {
        this.#assertOpen();
        const work = new Work(userId, sessionId, kind, (ended) => this.#end(ended));
        this.#active.set(work.id, work);
        try {
            const doubts = await this.#enter(work);
            work.hasBegun = true;
            if (kind === "run") {
                await this.#assertRoom();
            }
            await this.#putInOrder(userId, doubts);
            return work;
        } catch (error) {
            await work.end();
            throw error;
        }
    }

    /** The work row as stored. */
    workRow(userId: string): Promise<WorkRow> {
        return this.#workRows.read(userId);
    }

    /** The work row after the removal of dead tasks' works and the repair of their stories. */
    async look(userId: string): Promise<WorkRow> {
        let workRow = await this.#workRows.read(userId);
        const dead = await tasksThat(Object.values(workRow.works), (task) => this.tasks.isDead(task));
        if (dead.length > 0) {
            workRow = await this.#workRows.change(userId, (fresh) => {
                removeWorksOf(dead, fresh);
                return fresh;
            });
        }
        await this.#putInOrder(userId, workRow.doubts);
        return workRow;
    }

    /** Repairs stories. A story whose repair fails stays in `doubts` for the next reader. */
    async #putInOrder(userId: string, doubts: WorkRow["doubts"]): Promise<void> {
        for (const [sessionId, doubt] of Object.entries(doubts)) {
            try {
                if (await this.onLeft(userId, sessionId)) {
                    await this.#workRows.change(userId, (workRow) => {
                        if (workRow.doubts[sessionId] === doubt) {
                            delete workRow.doubts[sessionId];
                        }
                    });
                }
            } catch (error) {
                this.#onError(error);
            }
        }
    }

    /** Whether a work of the story is running on any task. */
    async isUnderWay(userId: string, sessionId: string, kind: WorkKind): Promise<boolean> {
        const { works } = await this.look(userId);
        return Object.values(works).some(
            (entry) => entry.session_id === sessionId && entry.kind === kind && !entry.settling,
        );
    }

    /** Stops works of a story on all tasks and waits until they write nothing more; false after the timeout. */
    async stop(userId: string, sessionId: string, kind?: WorkKind): Promise<boolean> {
        const matches = (entry: WorkEntry) =>
            entry.session_id === sessionId && (kind === undefined || entry.kind === kind) && !entry.settling;
        const workRow = await this.#workRows.change(userId, (workRow) => {
            for (const entry of Object.values(workRow.works).filter(matches)) {
                entry.stop = true;
            }
            return workRow;
        });
        for (const work of this.#active.values()) {
            if (work.userId === userId && work.sessionId === sessionId && (kind === undefined || work.kind === kind)) {
                work.abort.abort(reasonFor(work, workRow));
            }
        }
        const started = this.#clock.now();
        for (;;) {
            const workRow = await this.look(userId);
            if (!Object.values(workRow.works).some(matches)) {
                return true;
            }
            if (this.#clock.now() - started > STOP_TIMEOUT_MS) {
                return false;
            }
            await this.#clock.wait(POLL_MS);
        }
    }

    /** Blocks new works of the story, until `removed` confirms its removal, and stops the running ones. */
    async remove(userId: string, sessionId: string): Promise<void> {
        await this.#workRows.change(userId, (workRow) => {
            workRow.removals[sessionId] = "begun";
        });
        await this.stop(userId, sessionId);
    }

    /**
     * Confirms that the story is removed; deletes its removal entry too, unless calls for it are still running. Returns false and
     * does nothing when a work has ended since `before`, the row before the removal: that work may have written late.
     */
    async removed(userId: string, sessionId: string, before: WorkRow): Promise<boolean> {
        return this.#workRows.change(userId, (workRow) => {
            const hasLeft = worksOn(before, sessionId).some((id) => !workRow.works[id]);
            // A work that was taken for dead has no entry any more; its late end changes the doubt.
            if (hasLeft || workRow.doubts[sessionId] !== before.doubts[sessionId]) {
                return false;
            }
            if (worksOn(workRow, sessionId).length > 0) {
                workRow.removals[sessionId] = "erased";
            } else {
                delete workRow.removals[sessionId];
            }
            delete workRow.doubts[sessionId];
            return true;
        });
    }

    /**
     * Refuses new works and waits for the running ones, except narrations, which are stopped at once and continue in another
     * task. After `graceMs` the others are stopped, which loses at most the current stage of each; calls that still have no
     * answer are abandoned.
     */
    async drain(graceMs: number): Promise<void> {
        this.#draining = true;
        const stop = (matches: (work: Work) => boolean) => {
            for (const work of [...this.#active.values()].filter(matches)) {
                work.abort.abort(new ShuttingDown());
            }
        };
        stop(({ kind }) => kind === "narration");
        const ended = Promise.all([...this.#active.values()].map((work) => work.ended));
        const over = new AbortController();
        const { signal } = over;
        const late = wait(graceMs, undefined, { signal }).then(() => stop(() => true));
        const lost = wait(graceMs + SAVE_TIMEOUT_MS, undefined, { signal });
        await Promise.race([ended, lost]);
        over.abort();
        await Promise.allSettled([late, lost]);
    }

    #assertOpen(): void {
        if (this.#draining) {
            throw new WorkRefused("draining");
        }
    }

    /** Publishes its own count first, so that two tasks that take the last place at once see each other. */
    async #assertRoom(): Promise<void> {
        await this.tasks.beat(this.runs);
        if (this.runs + (await this.tasks.runsElsewhere()) > this.#limits.total) {
            throw new WorkRefused("full");
        }
    }

    /**
     * Adds the work's entry to its work row, and removes dead tasks' works that block it; returns the row's doubts. Throws
     * WorkRefused. Waits for the heartbeats of other tasks only between two changes of the row.
     */
    async #enter({ id, userId, sessionId, kind }: Work): Promise<WorkRow["doubts"]> {
        const dead: string[] = [];
        for (;;) {
            const { block, doubts } = await this.#workRows.change(userId, (workRow) => {
                this.#assertOpen();
                if (workRow.removals[sessionId]) {
                    throw new WorkRefused("removed");
                }
                removeWorksOf(dead, workRow);
                const block = this.#blockOf(workRow, sessionId, kind);
                if (!block) {
                    workRow.works[id] = { kind, session_id: sessionId, task: this.tasks.id };
                }
                return { block, doubts: workRow.doubts };
            });
            if (!block) {
                return doubts;
            }
            const found = await tasksThat(block.by, async (task) => !(await this.tasks.lives(task)));
            if (found.length === 0) {
                throw new WorkRefused(block.refusal);
            }
            dead.push(...found);
        }
    }

    /** The works that block a work of this kind, and why. */
    #blockOf({ works }: WorkRow, sessionId: string, kind: WorkKind): { refusal: Refusal; by: WorkEntry[] } | undefined {
        if (kind === "change") {
            return undefined;
        }
        const alike = Object.values(works).filter((entry) => entry.kind === kind);
        const same = alike.filter((entry) => entry.session_id === sessionId && !entry.settling);
        if (kind !== "part" && same.length > 0) {
            return { refusal: "already-running", by: same };
        }
        return alike.length >= this.#limits.perUser[kind] ? { refusal: "too-many-for-user", by: alike } : undefined;
    }

    async #end(work: Work): Promise<void> {
        if (work.isSettling) {
            await this.#workRows
                .change(work.userId, (workRow) => {
                    const entry = workRow.works[work.id];
                    if (entry) {
                        entry.settling = true;
                    }
                })
                .catch(this.#onError);
            work.settle();
            await work.settled();
        }
        await this.#leave(work);
        this.#active.delete(work.id);
    }

    /**
     * Removes a work from its work row. The last work of a story that is being removed also removes late results; a repair that
     * this work blocked is done now.
     */
    async #leave(work: Work): Promise<void> {
        const { userId, sessionId, id } = work;
        try {
            const { isLast, doubts } = await this.#workRows.change(userId, (workRow) => {
                const isDoubtful = work.hasBegun && (work.isDoubtful || !workRow.works[id]);
                delete workRow.works[id];
                const isOver = workRow.removals[sessionId] === "erased" && worksOn(workRow, sessionId).length === 0;
                if (isDoubtful && !isOver) {
                    workRow.doubts[sessionId] = randomUUID();
                }
                return { isLast: isOver, doubts: workRow.doubts };
            });
            this.#leftovers.delete(work);
            if (isLast) {
                await this.onRemoved(userId, sessionId);
            } else {
                await this.#putInOrder(userId, doubts);
            }
        } catch (error) {
            this.#onError(error);
            this.#leftovers.add(work);
        }
    }
}

/** A run that is still on the work row, of a story that is not being removed, was stopped by its person. */
function reasonFor({ id, kind, hasBegun, sessionId }: Work, { works, removals }: WorkRow): Error {
    const isKnown = !hasBegun || works[id] !== undefined;
    return kind === "run" && isKnown && !removals[sessionId] ? new StoppedByUser() : new Stopped();
}

/** The tasks of these works for which `is` holds. */
async function tasksThat(entries: WorkEntry[], is: (task: string) => Promise<boolean>): Promise<string[]> {
    const tasks = [...new Set(entries.map(({ task }) => task))];
    const holds = await Promise.all(tasks.map(is));
    return tasks.filter((_, index) => holds[index]);
}

/** Removes the works of dead tasks; their stories are in doubt. */
function removeWorksOf(dead: string[], workRow: WorkRow): void {
    for (const [id, { task, session_id }] of Object.entries(workRow.works)) {
        if (dead.includes(task)) {
            delete workRow.works[id];
            workRow.doubts[session_id] = randomUUID();
        }
    }
}

const worksOn = ({ works }: WorkRow, sessionId: string) =>
    Object.keys(works).filter((id) => works[id]?.session_id === sessionId);
