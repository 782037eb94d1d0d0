/** A run on another task, told by what it stores: the same events, without what an agent says between them. */
import { setTimeout as wait } from "node:timers/promises";
import type { Works } from "../works/works.ts";
import { themedActivities } from "./activities.ts";
import { AGENT_IDS, type AgentId, EventWriter, type PipelineEvent } from "./events.ts";
import { ENDS, type PipelineParts, RETRY_AFTER } from "./pipeline.ts";
import { resultOf } from "./result.ts";
import { blockOf } from "./runs.ts";
import type { Session } from "./session.ts";

/** How often it is looked at. */
const POLL_MS = 2_000;

/**
 * The events of a story that another task makes, from its first stage until it ends. They have no ids: who has heard them
 * still names the last one of a run that it heard itself.
 */
export async function* follow(
    { works, pipeline: { sessions, log } }: { works: Works; pipeline: PipelineParts },
    userId: string,
    sessionId: string,
    leaving: AbortSignal,
): AsyncGenerator<string> {
    const story = new FollowedStory(sessionId);
    try {
        while (!leaving.aborted) {
            // In this order: what a run that is over has stored is read after it.
            const isUnderWay = await works.isUnderWay(userId, sessionId, "run");
            const session = await sessions.load(userId, sessionId);
            story.tell(session);
            if (!session || !isUnderWay) {
                story.end(session, session && (await resultOf(session, sessions)));
            } else if (works.isDraining) {
                story.endWithTask();
            }
            yield* story.news();
            if (story.hasEnded) {
                return;
            }
            await wait(POLL_MS, undefined, { signal: leaving });
        }
    } catch (error) {
        // Whoever listens comes again, and is told then what is wrong.
        if (!leaving.aborted) {
            log.warn({ err: error, session_id: sessionId }, "a run of another task could not be followed");
        }
    }
}

class FollowedStory {
    readonly #events: EventWriter;
    readonly #begun = new Set<AgentId>();
    readonly #completed = new Set<AgentId>();
    #news: PipelineEvent[] = [];
    hasEnded = false;

    constructor(sessionId: string) {
        this.#events = new EventWriter((event) => this.#news.push(event), sessionId);
    }

    /** What was told since the last call. */
    news(): string[] {
        const blocks = this.#news.map((event) => `${blockOf(event)}\n`);
        this.#news = [];
        return blocks;
    }

    /** Tells of the stages that are finished, and of the one that is worked on. */
    tell(session: Session | undefined): void {
        if (!session) {
            return;
        }
        const { topic } = session.request;
        const activities = themedActivities(topic);
        if (this.#begun.size === 0) {
            this.#events.opened(topic, activities);
        }
        for (const id of AGENT_IDS) {
            this.#begin(id, activities[id][0] ?? "Working");
            const stage = session.stages.find(({ agent_id }) => agent_id === id);
            if (!stage) {
                return;
            }
            if (!this.#completed.has(id)) {
                this.#completed.add(id);
                this.#events.agentCompleted(id, stage.execution_time_ms, stage.warnings);
            }
        }
    }

    /** The run is over: the story is complete, or what became of it. */
    end(session: Session | undefined, result: Record<string, unknown> = {}): void {
        this.hasEnded = true;
        if (session?.status === "completed") {
            this.#events.completed(
                session.stages.reduce((sum, stage) => sum + stage.execution_time_ms, 0),
                result,
            );
        } else if (session?.status === "running") {
            this.endWithTask();
        } else {
            this.#events.failed(session ? ENDS[session.status] : ENDS.gone, { resumable: session !== undefined });
        }
    }

    /** The run's task, or this one, is going away. */
    endWithTask(): void {
        this.hasEnded = true;
        this.#events.failed(ENDS.running, { resumable: true, retry_after: RETRY_AFTER });
    }

    #begin(id: AgentId, activity: string): void {
        if (!this.#begun.has(id)) {
            this.#begun.add(id);
            this.#events.agentStarted(id);
            this.#events.agentActive(id, activity);
        }
    }
}
