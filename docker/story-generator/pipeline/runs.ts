/**
 * The runs of this task. Each goes on to its end, whoever listens: a browser that goes away costs nothing that is paid
 * for, and may come back, or another beside it, and hear what it has missed.
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

/** How long a run that is over can still be heard by who lost the connection just then, and how much of such is kept. */
const REPLAY_MS = 60_000;
const MAX_REPLAY_CHARACTERS = 20_000_000;

/** What a run is in the conventions' words. */
const RUN = { "gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "story" };

const NO_CHOICES = choicesSchema.parse({});

/** An event as it is sent. */
export const blockOf = (event: PipelineEvent) => `data: ${JSON.stringify(event)}\n`;

/** The events of one run: about sixty, of which the last one, with the whole story, is by far the largest. */
export class Run {
    readonly #work: Work;
    readonly #blocks: string[] = [];
    readonly #listeners = new EventEmitter().setMaxListeners(0);
    /** Whether it has told all; `isOver`: also its story is free for another run. */
    hasTold = false;
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

    /** Whether the id is that of one of its events. */
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

    /** The events after the one with this id, as they come; all of them where the id is none of this run's. */
    async *blocks(lastSeen: string | undefined, leaving: AbortSignal): AsyncGenerator<string> {
        const seen = this.has(lastSeen) ? /\.(\d{1,6})$/.exec(lastSeen ?? "")?.[1] : undefined;
        for (let at = Number(seen ?? 0); !leaving.aborted; at += 1) {
            while (at >= this.#blocks.length) {
                if (this.#isOver || leaving.aborted) {
                    return;
                }
                await once(this.#listeners, "news", { signal: leaving }).catch(() => undefined);
            }
            yield this.#blocks[at] as string;
        }
    }
}

export class Runs {
    readonly #works: Works;
    readonly #pipeline: PipelineParts;
    /** By person and story: a story has one run at a time. */
    readonly #underWay = new Map<string, Promise<Run>>();
    /** By person, story and run. */
    readonly #over = new LRUCache<string, Run>({
        ttl: REPLAY_MS,
        maxSize: MAX_REPLAY_CHARACTERS,
        sizeCalculation: ({ characters }) => characters + 1,
    });

    constructor(works: Works, pipeline: PipelineParts) {
        this.#works = works;
        this.#pipeline = pipeline;
    }

    /**
     * The run of a new session, or of one that there is: the one that is under way here, the one of which the event with the
     * id `lastSeen` came, or a new one, which is on its person's work row, and in the bucket, before its first event: a story
     * of which somebody has heard can be found and removed. Throws WorkRefused, BoundReached or StoryGone.
     */
    async of(caller: Caller, given: Session | string, lastSeen: string | undefined): Promise<Run> {
        const key = `${caller.userId}/${typeof given === "string" ? given : given.session_id}`;
        for (;;) {
            const underWay = await this.#underWay.get(key);
            if (underWay && (!underWay.hasTold || underWay.has(lastSeen))) {
                return underWay;
            }
            const over = this.#over.get(`${key}/${lastSeen?.split(".")[0]}`);
            if (over) {
                return over;
            }
            await underWay?.replaceable;
            if (!this.#underWay.has(key)) {
                const begun = this.#begin(key, caller, given);
                this.#underWay.set(key, begun);
                begun.catch(() => this.#underWay.delete(key));
            }
        }
    }

    async #begin(key: string, caller: Caller, given: Session | string): Promise<Run> {
        const sessionId = typeof given === "string" ? given : given.session_id;
        const work = await this.#works.begin(caller.userId, sessionId, "run");
        const session = await this.#opened(caller, given, work).catch(async (error) => {
            work.isDoubtful = !(error instanceof BoundReached);
            await work.end();
            throw error;
        });
        const run = new Run(work);
        void this.#go(run, work, session, caller).finally(() => {
            this.#underWay.delete(key);
            this.#over.set(`${key}/${run.id}`, run);
            run.end();
        });
        return run;
    }

    async #go(run: Run, work: Work, session: Session, caller: Caller): Promise<void> {
        try {
            const { sessions } = this.#pipeline;
            // Without the choices the story is still a story.
            const choices = await sessions.loadChoices(caller.userId, session.session_id).catch(() => NO_CHOICES);
            await forStory(session.session_id, () =>
                inSpan("invoke_workflow story", { attributes: RUN }, () =>
                    withinBounds(this.#pipeline.usage, caller, work, () =>
                        runPipeline(this.#pipeline, session, choices, caller, run.tell, work),
                    ),
                ),
            );
        } finally {
            run.hasTold = true;
            void work.end();
            await work.replaceable;
        }
    }

    /** A new session, or one that there is, read when its work shuts out everybody else: saved as this run's. */
    async #opened(caller: Caller, given: Session | string, { id: run }: Work): Promise<Session> {
        const { sessions, usage } = this.#pipeline;
        if (typeof given !== "string") {
            given.run = run;
            await usage?.bounded.beginStory(caller, given.session_id);
            await sessions.save(given).catch(async (error) => {
                await usage?.bounded.giveBack(caller, given.session_id);
                throw error;
            });
            return given;
        }
        const session = await sessions.load(caller.userId, given);
        if (!session) {
            throw new StoryGone();
        }
        if (isWhole(session)) {
            // One that is only shown once more is not written.
            return session;
        }
        await usage?.bounded.assertMay(caller);
        return sessions.claim(caller.userId, given, run);
    }
}
