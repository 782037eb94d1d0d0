/** Follows a run on another task through its stored session: the same events, without activities within a stage. */
import { setTimeout as wait } from "node:timers/promises";
import type { Works } from "../works/works.ts";
import { themedActivities } from "./activities.ts";
import { AGENT_IDS, type AgentId, EventWriter, type PipelineEvent } from "./events.ts";
import { END_MESSAGES, type PipelineParts, RETRY_AFTER_SECONDS } from "./pipeline.ts";
import { resultOf } from "./result.ts";
import { blockOf } from "./runs.ts";
import type { Session } from "./session.ts";

const POLL_MS = 2_000;

/**
 * The events of a story that another task makes, from the first stage to the end. They have no ids, so that a client's
 * `Last-Event-ID` still is that of an event of the run itself.
 */
export async function* follow(
    { works, pipeline: { sessions, log } }: { works: Works; pipeline: PipelineParts },
    userId: string,
    sessionId: string,
    disconnected: AbortSignal,
): AsyncGenerator<string> {
    const story = new FollowedStory(sessionId);
    try {
        while (!disconnected.aborted) {
            // In this order, so that the session is read after the run has ended.
            const isUnderWay = await works.isUnderWay(userId, sessionId, "run");
            const session = await sessions.load(userId, sessionId);
            story.update(session);
            if (!session || !isUnderWay) {
                story.end(session, session && (await resultOf(session, sessions)));
            } else if (works.isDraining) {
                story.endWithTask();
            }
            yield* story.takeBlocks();
            if (story.hasEnded) {
                return;
            }
            await wait(POLL_MS, undefined, { signal: disconnected });
        }
    } catch (error) {
        // The client reconnects and then gets the error.
        if (!disconnected.aborted) {
            log.warn({ err: error, session_id: sessionId }, "a run of another task could not be followed");
        }
    }
}

class FollowedStory {
    readonly #events: EventWriter;
    readonly #begun = new Set<AgentId>();
    readonly #completed = new Set<AgentId>();
    #pending: PipelineEvent[] = [];
    hasEnded = false;

    constructor(sessionId: string) {
        this.#events = new EventWriter((event) => this.#pending.push(event), sessionId);
    }

    /** The events since the last call. */
    takeBlocks(): string[] {
        const blocks = this.#pending.map((event) => `${blockOf(event)}\n`);
        this.#pending = [];
        return blocks;
    }

    /** Adds events for the finished stages and the current one. */
    update(session: Session | undefined): void {
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

    /** Adds the last event of a run that has ended. */
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
            this.#events.failed(session ? END_MESSAGES[session.status] : END_MESSAGES.gone, {
                resumable: session !== undefined,
            });
        }
    }

    /** Adds the last event when the run's task, or this one, shuts down. */
    endWithTask(): void {
        this.hasEnded = true;
        this.#events.failed(END_MESSAGES.running, { resumable: true, retry_after: RETRY_AFTER_SECONDS });
    }

    #begin(id: AgentId, activity: string): void {
        if (!this.#begun.has(id)) {
            this.#begun.add(id);
            this.#events.agentStarted(id);
            this.#events.agentActive(id, activity);
        }
    }
}
