/** The runs of this container: how many there may be, which ones there are, and how they end when it goes away. */

/** Why a run may not start now. */
export type Refusal = "draining" | "full" | "too-many-for-user" | "already-running";

export class RunRefused extends Error {
    readonly refusal: Refusal;

    constructor(refusal: Refusal) {
        super(`a run was refused: ${refusal}`);
        this.name = "RunRefused";
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

interface Run {
    userId: string;
    sessionId: string;
    abort: AbortController;
    ended: Promise<void>;
}

export interface RunLimits {
    /** Runs of this container at the same time. */
    total: number;
    /** Runs of one user in this container at the same time. */
    perUser: number;
}

export class Runs {
    readonly #limits: RunLimits;
    readonly #active = new Set<Run>();
    #draining = false;

    constructor(limits: RunLimits) {
        this.#limits = limits;
    }

    get count(): number {
        return this.#active.size;
    }

    get isDraining(): boolean {
        return this.#draining;
    }

    /** Takes a place for a run. Throws RunRefused. `end` gives the place back. */
    begin(userId: string, sessionId: string): { abort: AbortController; end: () => void } {
        const runs = [...this.#active];
        if (this.#draining) {
            throw new RunRefused("draining");
        }
        if (runs.some((run) => run.userId === userId && run.sessionId === sessionId)) {
            throw new RunRefused("already-running");
        }
        if (runs.filter((run) => run.userId === userId).length >= this.#limits.perUser) {
            throw new RunRefused("too-many-for-user");
        }
        if (runs.length >= this.#limits.total) {
            throw new RunRefused("full");
        }
        let end = () => {};
        const ended = new Promise<void>((resolve) => {
            end = resolve;
        });
        const run = { userId, sessionId, abort: new AbortController(), ended };
        this.#active.add(run);
        return {
            abort: run.abort,
            end: () => {
                this.#active.delete(run);
                end();
            },
        };
    }

    /** Ends the run of a story that is being removed, if there is one; afterwards it writes nothing more. */
    async cancel(userId: string, sessionId: string): Promise<void> {
        const run = [...this.#active].find((one) => one.userId === userId && one.sessionId === sessionId);
        run?.abort.abort();
        await run?.ended;
    }

    /**
     * Takes no more runs and waits for those that run; after `graceMs` they are stopped, which costs at most the stage
     * each is in. Resolves when none is left.
     */
    async drain(graceMs: number): Promise<void> {
        this.#draining = true;
        const stop = setTimeout(() => {
            for (const run of this.#active) {
                run.abort.abort(new ShuttingDown());
            }
        }, graceMs);
        await Promise.all([...this.#active].map((run) => run.ended));
        clearTimeout(stop);
    }
}
