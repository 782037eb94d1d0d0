/**
 * The runs of this task. A run continues to its end without listeners, since it is paid for: a browser that disconnects may
 * come back, also in addition to others, and gets the missed events.
 */
import { EventEmitter, once } from "node:events";
import { LRUCache } from "lru-cache";
import { forStory, inSpan } from "../../shared/tracing.ts";
import { BoundReached } from "../../shared/usage/bounds.ts";
import type { Caller } from "../access.ts";
import { StoryGone } from "../sessions.ts";
import type { Work, Works } from "../works/works.ts";
import { withinBounds } from "./bounded.ts";
import type { PipelineEvent } from "./events.ts";
import { type PipelineParts, runPipeline } from "./pipeline.ts";
import { choices as choicesSchema, isWhole, type Session } from "./session.ts";

/** How long the events of an ended run are kept for clients that lost the connection, and their total size. */
const REPLAY_MS = 60_000;
const MAX_REPLAY_CHARACTERS = 20_000_000;

/** A run's span attributes by the `gen_ai.*` conventions. */
const RUN = { "gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "story" };

const NO_CHOICES = choicesSchema.parse({});

/** An event's `data:` line. */
export const blockOf = (event: PipelineEvent) => `data: ${JSON.stringify(event)}\n`;

/** The events of one run: about sixty; the last one, with the whole story, is by far the largest. */
export class Run {
    readonly #work: Work;
    readonly #blocks: string[] = [];
    readonly #listeners = new EventEmitter().setMaxListeners(0);
    /** Whether all events were emitted; `isOver`: the story is also free for another run. */
    hasEmittedAll = false;
    #isOver = false;

    constructor(work: Work) {
        this.#work = work;
    }

    get id(): string {
        return this.#work.id;
    }

    /** Resolves when another run of the story may begin. */
    get replaceable(): Promise<void> {
        return this.#work.replaceable;
    }

    get characters(): number {
        return this.#blocks.reduce((sum, block) => sum + block.length, 0);
    }

    /** Whether the id is that of an event of this run. */
    has(eventId: string | undefined): boolean {
        return eventId?.startsWith(`${this.id}.`) ?? false;
    }

    tell = (event: PipelineEvent): void => {
        this.#blocks.push(`${blockOf(event)}id: ${this.id}.${this.#blocks.length + 1}\n\n`);
        this.#listeners.emit("news");
    };

    end(): void {
        this.#isOver = true;
        this.#listeners.emit("news");
    }

    /** Streams the events after `lastSeen`; all events if that is not an id of this run. */
    async *blocks(lastSeen: string | undefined, disconnected: AbortSignal): AsyncGenerator<string> {
        const seen = this.has(lastSeen) ? /\.(\d{1,6})$/.exec(lastSeen ?? "")?.[1] : undefined;
        for (let at = Number(seen ?? 0); !disconnected.aborted; at += 1) {
            while (at >= this.#blocks.length) {
                if (this.#isOver || disconnected.aborted) {
                    return;
                }
                await once(this.#listeners, "news", { signal: disconnected }).catch(() => undefined);
            }
            yield this.#blocks[at] as string;
        }
    }
}

export class Runs {
    readonly #works: Works;
    readonly #pipeline: PipelineParts;
    /** Running runs by person and story: a story has one run at a time. */
    readonly #running = new Map<string, Promise<Run>>();
    /** Ended runs by person, story and run. */
    readonly #ended = new LRUCache<string, Run>({
        ttl: REPLAY_MS,
        maxSize: MAX_REPLAY_CHARACTERS,
        sizeCalculation: ({ characters }) => characters + 1,
    });

    constructor(works: Works, pipeline: PipelineParts) {
        this.#works = works;
        this.#pipeline = pipeline;
    }

    /**
     * The run of a new or existing session: the one that is running here, the ended one with the event `lastSeen`, or a new run.
     * A new run is on its person's work row and in the bucket before its first event, so that every story that a client knows
     * can be found and removed. Throws WorkRefused, BoundReached or StoryGone.
     */
    async of(caller: Caller, sessionOrId: Session | string, lastSeen: string | undefined): Promise<Run> {
        const key = `${caller.userId}/${typeof sessionOrId === "string" ? sessionOrId : sessionOrId.session_id}`;
        for (;;) {
            const running = await this.#running.get(key);
            if (running && (!running.hasEmittedAll || running.has(lastSeen))) {
                return running;
            }
            const ended = this.#ended.get(`${key}/${lastSeen?.split(".")[0]}`);
            if (ended) {
                return ended;
            }
            await running?.replaceable;
            if (!this.#running.has(key)) {
                const begun = this.#begin(key, caller, sessionOrId);
                this.#running.set(key, begun);
                begun.catch(() => this.#running.delete(key));
            }
        }
    }

    async #begin(key: string, caller: Caller, sessionOrId: Session | string): Promise<Run> {
        const sessionId = typeof sessionOrId === "string" ? sessionOrId : sessionOrId.session_id;
        const work = await this.#works.begin(caller.userId, sessionId, "run");
        const session = await this.#claimSession(caller, sessionOrId, work).catch(async (error) => {
            work.isDoubtful = !(error instanceof BoundReached);
            await work.end();
            throw error;
        });
        const run = new Run(work);
        void this.#execute(run, work, session, caller).finally(() => {
            this.#running.delete(key);
            this.#ended.set(`${key}/${run.id}`, run);
            run.end();
        });
        return run;
    }

    async #execute(run: Run, work: Work, session: Session, caller: Caller): Promise<void> {
        try {
            const { sessions } = this.#pipeline;
            // If the choices can't be read, the run continues without them.
            const choices = await sessions.loadChoices(caller.userId, session.session_id).catch(() => NO_CHOICES);
            await forStory(session.session_id, () =>
                inSpan("invoke_workflow story", { attributes: RUN }, () =>
                    withinBounds(this.#pipeline.usage, caller, work, () =>
                        runPipeline(this.#pipeline, session, choices, caller, run.tell, work),
                    ),
                ),
            );
        } finally {
            run.hasEmittedAll = true;
            void work.end();
            await work.replaceable;
        }
    }

    /** Saves a new session, or reads an existing one and claims it for this run; the work excludes all others by then. */
    async #claimSession(caller: Caller, sessionOrId: Session | string, { id: run }: Work): Promise<Session> {
        const { sessions, usage } = this.#pipeline;
        if (typeof sessionOrId !== "string") {
            sessionOrId.run = run;
            await usage?.bounded.beginStory(caller, sessionOrId.session_id);
            await sessions.save(sessionOrId).catch(async (error) => {
                await usage?.bounded.giveBack(caller, sessionOrId.session_id);
                throw error;
            });
            return sessionOrId;
        }
        const session = await sessions.load(caller.userId, sessionOrId);
        if (!session) {
            throw new StoryGone();
        }
        if (isWhole(session)) {
            // A finished story whose events are only replayed is not written.
            return session;
        }
        await usage?.bounded.assertMay(caller);
        return sessions.claim(caller.userId, sessionOrId, run);
    }
}
