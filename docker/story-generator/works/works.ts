/**
 * What this task has under way, each with its place on the person's work row: how much there may be, what shuts out what, and
 * how it ends when a story is removed or the task goes away.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Rows } from "../rows.ts";
import { type Clock, HEARTBEAT_MS, steadyClock, Tasks } from "./tasks.ts";
import { type WorkEntry, type WorkKind, type WorkRow, WorkRows } from "./workRows.ts";

/** Why a work may not begin now. */
export type Refusal = "draining" | "full" | "too-many-for-user" | "already-running" | "removed";

export class WorkRefused extends Error {
    readonly refusal: Refusal;

    constructor(refusal: Refusal) {
        super(`a work was refused: ${refusal}`);
        this.name = "WorkRefused";
        this.refusal = refusal;
    }
}

/** The reason of a signal that the container's end aborts. */
export class ShuttingDown extends Error {
    constructor() {
        super("the container is going away");
        this.name = "ShuttingDown";
    }
}

/** The reason of a signal that a removal, a reset, or another task that has taken over aborts. */
export class Stopped extends Error {
    constructor() {
        super("the work is not wanted any more");
        this.name = "Stopped";
    }
}

/** The reason of a run's signal that its person aborts: what is finished stays, and can be gone on with. */
export class StoppedByUser extends Error {
    constructor() {
        super("the person stopped the run");
        this.name = "StoppedByPerson";
    }
}

export interface WorkLimits {
    /** Runs of all tasks at the same time. */
    total: number;
    /** Works of one person at the same time, on all tasks. */
    perUser: Record<Exclude<WorkKind, "change">, number>;
}

/** How long a removal or a reset waits for what it stops; what outlasts it clears up after itself. */
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 200;
/** How long works that are stopped at a container's end may take to save what they have. */
const SAVE_TIMEOUT_MS = 4_000;

/** One work of this task. */
export class Work {
    readonly id = randomUUID();
    readonly userId: string;
    readonly sessionId: string;
    readonly kind: WorkKind;
    readonly abort = new AbortController();
    /** Whether it has its place on the work row. */
    hasBegun = false;
    /** Whether it may have left a story half-written, which is put in order after it. */
    isDoubtful = false;
    /** Resolves when another may take its place: it writes nothing more. */
    readonly replaceable: Promise<void>;
    /** Resolves when it has left the work row. */
    readonly ended: Promise<void>;
    readonly #end: (work: Work) => Promise<void>;
    readonly #kept = new Set<Promise<unknown>>();
    #giveUpPlace = () => {};
    #resolve = () => {};
    #ending: Promise<void> | undefined;

    constructor(userId: string, sessionId: string, kind: WorkKind, end: (work: Work) => Promise<void>) {
        this.userId = userId;
        this.sessionId = sessionId;
        this.kind = kind;
        this.#end = end;
        this.replaceable = new Promise((resolve) => {
            this.#giveUpPlace = resolve;
        });
        this.ended = new Promise((resolve) => {
            this.#resolve = resolve;
        });
    }

    get signal(): AbortSignal {
        return this.abort.signal;
    }

    /** Counts the work as under way until this call, which is paid for, has its answer. */
    keep = (call: Promise<unknown>): void => {
        const kept = call.catch(() => undefined).finally(() => this.#kept.delete(kept));
        this.#kept.add(kept);
    };

    get isSettling(): boolean {
        return this.#kept.size > 0;
    }

    async settled(): Promise<void> {
        await Promise.all(this.#kept);
    }

    /** The work row knows that only calls that are paid for are still under way. */
    settle(): void {
        this.#giveUpPlace();
    }

    /** The work is done: it writes nothing more. */
    end(): Promise<void> {
        this.#ending ??= this.#end(this).finally(() => {
            this.#giveUpPlace();
            this.#resolve();
        });
        return this.#ending;
    }
}

export interface WorksOptions {
    rows: Rows;
    limits: WorkLimits;
    /** Told of an error of the work row that will be tried again. */
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
    /** Works that are over and could not be taken off their work row. */
    readonly #leftovers = new Set<Work>();
    #beats: NodeJS.Timeout | undefined;
    #draining = false;
    /** Clears what is left of a story whose removal has begun. */
    onRemoved: (userId: string, sessionId: string) => Promise<void> = async () => {};
    /** Puts in order what works left of a story, and says whether it did: not while others are at work on it. */
    onLeft: (userId: string, sessionId: string) => Promise<boolean> = async () => true;

    constructor({ rows, limits, onError, clock = steadyClock }: WorksOptions) {
        this.tasks = new Tasks(rows, clock);
        this.#workRows = new WorkRows(rows, clock);
        this.#limits = limits;
        this.#clock = clock;
        this.#onError = onError;
    }

    /** Runs of this task that have their place: one that is still looking for it can be refused. */
    get runs(): number {
        return [...this.#active.values()].filter(({ kind, hasBegun }) => kind === "run" && hasBegun).length;
    }

    get isDraining(): boolean {
        return this.#draining;
    }

    /** Shows from here on that this task lives. */
    async open(): Promise<void> {
        await this.beat().catch(this.#onError);
        const next = () => {
            this.#beats = setTimeout(() => void this.beat().catch(this.#onError).finally(next), HEARTBEAT_MS);
        };
        next();
    }

    /** Takes this task off the table. */
    async close(): Promise<void> {
        clearTimeout(this.#beats);
        await this.tasks.leave().catch(this.#onError);
    }

    /** Shows that the task lives, and stops those of its works that are not wanted any more. */
    async beat(): Promise<void> {
        await this.tasks.beat(this.runs);
        await Promise.all([...this.#leftovers].map((work) => this.#leave(work)));
        for (const userId of new Set([...this.#active.values()].map((work) => work.userId))) {
            // Only these: one that begins meanwhile is on no work row that is read before.
            const begun = [...this.#active.values()].filter((work) => work.userId === userId && work.hasBegun);
            const workRow = await this.#workRows.read(userId);
            for (const work of begun) {
                if (!workRow.works[work.id] || workRow.works[work.id]?.stop) {
                    work.abort.abort(reasonFor(work, workRow));
                }
            }
        }
    }

    /** Takes a place for a work. Throws WorkRefused. The work's `end` gives the place back. */
    async begin(userId: string, sessionId: string, kind: WorkKind): Promise<Work> {
        this.#assertOpen();
        const work = new Work(userId, sessionId, kind, (ended) => this.#end(ended));
        this.#active.set(work.id, work);
        try {
            const doubts = await this.#workRows.change(userId, async (workRow) => {
                this.#assertOpen();
                if (workRow.removals[sessionId]) {
                    throw new WorkRefused("removed");
                }
                await this.#makeRoom(workRow, sessionId, kind);
                workRow.works[work.id] = { kind, session_id: sessionId, task: this.tasks.id };
                return workRow.doubts;
            });
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

    /** The work row as it is. */
    workRow(userId: string): Promise<WorkRow> {
        return this.#workRows.read(userId);
    }

    /** The work row without what dead tasks left on it, which is put in order. */
    async look(userId: string): Promise<WorkRow> {
        let workRow = await this.#workRows.read(userId);
        if (!Object.values(workRow.works).every(({ task }) => task === this.tasks.id)) {
            workRow = await this.#workRows.change(userId, async (fresh) => {
                await this.#takeOffDead(fresh, Object.keys(fresh.works), (task) => this.tasks.isDead(task));
                return fresh;
            });
        }
        await this.#putInOrder(userId, workRow.doubts);
        return workRow;
    }

    /** Puts stories in order. One that can't be now stays noted, for the next who looks. */
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

    /** Whether a work of the story is under way, on whatever task. */
    async isUnderWay(userId: string, sessionId: string, kind: WorkKind): Promise<boolean> {
        const { works } = await this.look(userId);
        return Object.values(works).some(
            (entry) => entry.session_id === sessionId && entry.kind === kind && !entry.settling,
        );
    }

    /** Stops works of a story, on whatever task, and waits until they write nothing more; false where that takes too long. */
    async stop(userId: string, sessionId: string, kind?: WorkKind): Promise<boolean> {
        const isMeant = (entry: WorkEntry) =>
            entry.session_id === sessionId && (kind === undefined || entry.kind === kind) && !entry.settling;
        const told = await this.#workRows.change(userId, (workRow) => {
            for (const entry of Object.values(workRow.works).filter(isMeant)) {
                entry.stop = true;
            }
            return workRow;
        });
        for (const work of this.#active.values()) {
            if (work.userId === userId && work.sessionId === sessionId && (kind === undefined || work.kind === kind)) {
                work.abort.abort(reasonFor(work, told));
            }
        }
        const started = this.#clock.now();
        for (;;) {
            const workRow = await this.look(userId);
            if (!Object.values(workRow.works).some(isMeant)) {
                return true;
            }
            if (this.#clock.now() - started > STOP_TIMEOUT_MS) {
                return false;
            }
            await this.#clock.wait(POLL_MS);
        }
    }

    /** From here on nothing begins on the story, until `removed` says that nothing of it is left. */
    async remove(userId: string, sessionId: string): Promise<void> {
        await this.#workRows.change(userId, (workRow) => {
            workRow.removals[sessionId] = "begun";
        });
        await this.stop(userId, sessionId);
    }

    /**
     * Nothing is left of the story; the note of its removal goes too, unless calls for it are still under way. Does nothing
     * and says so where a work has ended since `before`, when it was not cleared yet: what that left may have come late.
     */
    async removed(userId: string, sessionId: string, before: WorkRow): Promise<boolean> {
        return this.#workRows.change(userId, (workRow) => {
            const hasLeft = worksOn(before, sessionId).some((id) => !workRow.works[id]);
            // One that was taken for dead has left the work row before, and comes back as another doubt.
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
     * Takes no more works and waits for those that are under way, but for narrations, which are stopped at once and go on
     * in another task; after `graceMs` the others are stopped, which costs at most the stage each is in, and calls that
     * have no answer even then are left alone.
     */
    async drain(graceMs: number): Promise<void> {
        this.#draining = true;
        const stop = (isMeant: (work: Work) => boolean) => {
            for (const work of [...this.#active.values()].filter(isMeant)) {
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

    /** Counts itself first: of two tasks that take the last place at once, none is missed. */
    async #assertRoom(): Promise<void> {
        await this.tasks.beat(this.runs);
        if (this.runs + (await this.tasks.runsElsewhere()) > this.#limits.total) {
            throw new WorkRefused("full");
        }
    }

    /** Takes dead works off the work row where they are in the way. Throws WorkRefused where living ones are. */
    async #makeRoom(workRow: WorkRow, sessionId: string, kind: WorkKind): Promise<void> {
        if (kind === "change") {
            return;
        }
        const ids = (isMeant: (entry: WorkEntry) => boolean) =>
            Object.keys(workRow.works).filter((id) => isMeant(workRow.works[id] as WorkEntry));
        const isDead = async (task: string) => !(await this.tasks.lives(task));
        if (kind === "run" || kind === "narration") {
            const same = (entry: WorkEntry) => entry.session_id === sessionId && entry.kind === kind && !entry.settling;
            await this.#takeOffDead(workRow, ids(same), isDead);
            if (ids(same).length > 0) {
                throw new WorkRefused("already-running");
            }
        }
        const alike = (entry: WorkEntry) => entry.kind === kind;
        if (ids(alike).length >= this.#limits.perUser[kind]) {
            await this.#takeOffDead(workRow, ids(alike), isDead);
            if (ids(alike).length >= this.#limits.perUser[kind]) {
                throw new WorkRefused("too-many-for-user");
            }
        }
    }

    async #takeOffDead(workRow: WorkRow, ids: string[], isDead: (task: string) => Promise<boolean>): Promise<void> {
        const tasks = [...new Set(ids.map((id) => workRow.works[id]?.task ?? ""))];
        const dead = new Set<string>();
        await Promise.all(
            tasks.map(async (task) => {
                if (await isDead(task)) {
                    dead.add(task);
                }
            }),
        );
        for (const id of ids) {
            const entry = workRow.works[id];
            if (entry && dead.has(entry.task)) {
                delete workRow.works[id];
                workRow.doubts[entry.session_id] = randomUUID();
            }
        }
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
     * Takes a work off its work row; the last one of a story that is being removed clears what came after the removal. What could
     * not be put in order because of it is now.
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

/** What stops a run that the work row still has, of a story that isn't being removed, is its person. */
function reasonFor({ id, kind, hasBegun, sessionId }: Work, { works, removals }: WorkRow): Error {
    const isKnown = !hasBegun || works[id] !== undefined;
    return kind === "run" && isKnown && !removals[sessionId] ? new StoppedByUser() : new Stopped();
}

const worksOn = ({ works }: WorkRow, sessionId: string) =>
    Object.keys(works).filter((id) => works[id]?.session_id === sessionId);
