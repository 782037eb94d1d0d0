/** A pipeline's progress, computed from its events. */
import type { PipelineEvent } from "../api.ts";

export interface Progress {
    percent: number;
    message: string;
    agents: Agent[];
}

export interface Agent {
    id: string;
    name: string;
    state: "waiting" | "working" | "done";
    activity?: string;
    warnings?: string[];
    /** Time of the agent's first event, in milliseconds of the page's clock. */
    since?: number;
    /** The agent's duration. */
    milliseconds?: number;
}

export const INITIAL_PROGRESS: Progress = { percent: 0, agents: [], message: "Starting…" };

/** The progress after one more event. */
export function progressAfter(progress: Progress, event: PipelineEvent): Progress {
    const percent = Math.max(progress.percent, Math.round(event.progress ?? 0));
    const message = event.activity ?? event.message ?? progress.message;
    const next = { ...progress, percent, message };
    if (event.activities) {
        return { ...next, agents: Object.keys(event.activities).filter(isShown).map(waiting) };
    }
    const { agent_id: id } = event;
    if (!id || !isShown(id)) {
        return next;
    }
    const known = progress.agents.some((agent) => agent.id === id)
        ? progress.agents
        : [...progress.agents, waiting(id)];
    return { ...next, agents: known.map((agent) => (agent.id === id ? agentAfter(agent, event) : agent)) };
}

/** The first step is internal to the pipeline; in the last one the pictures are drawn. */
const isShown = (id: string) => id !== "system_start";

const waiting = (id: string): Agent => ({
    id,
    name: id === "system_end" ? "Pictures" : id[0]?.toUpperCase() + id.slice(1),
    state: "waiting",
});

function agentAfter(agent: Agent, event: PipelineEvent): Agent {
    if (event.type === "agent_complete") {
        const { warnings, execution_time_ms: milliseconds } = event;
        return { ...agent, state: "done", activity: undefined, warnings, milliseconds };
    }
    return {
        ...agent,
        state: agent.state === "done" ? "done" : "working",
        activity: event.activity ?? agent.activity,
        since: agent.since ?? performance.now(),
    };
}
