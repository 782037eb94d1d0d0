import type { PipelineEvent } from "./api.ts";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";

/** How far a pipeline is, put together from its events. */
export interface Progress {
    percent: number;
    message: string;
    agents: Agent[];
}

interface Agent {
    id: string;
    name: string;
    state: "waiting" | "working" | "done";
    activity?: string;
    warnings?: string[];
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

/** The first and the last step are the pipeline's own. */
const isShown = (id: string) => !id.startsWith("system_");

const waiting = (id: string): Agent => ({ id, name: id[0]?.toUpperCase() + id.slice(1), state: "waiting" });

function agentAfter(agent: Agent, event: PipelineEvent): Agent {
    if (event.type === "agent_complete") {
        return { ...agent, state: "done", activity: undefined, warnings: event.warnings };
    }
    return { ...agent, state: agent.state === "done" ? "done" : "working", activity: event.activity ?? agent.activity };
}

const STATES = { waiting: "waiting", working: "working", done: "done" };

interface PipelineProgressProps {
    progress: Progress;
    /** Stops the story; it can't be stopped before the service has it. */
    onStop?: () => void;
    isStopping?: boolean;
    /** Why it could not be stopped. */
    error?: unknown;
}

export function PipelineProgress({ progress, onStop, isStopping, error }: PipelineProgressProps) {
    const heading = usePage("Your story is being made");
    return (
        <section className="page making">
            <h1 ref={heading} tabIndex={-1}>
                Your story is being made
            </h1>
            <div className="card">
                <div className="meter">
                    <progress max={100} value={progress.percent} aria-label="Progress of the story" />
                    <span>{progress.percent} %</span>
                </div>
                <p role="status" className="now">
                    {progress.message}
                </p>
                <ol className="steps">
                    {progress.agents.map((agent) => (
                        <li key={agent.id} className={agent.state}>
                            <strong>{agent.name}</strong>
                            <span className="note">{agent.activity ?? STATES[agent.state]}</span>
                            {agent.warnings?.map((warning) => (
                                <span key={warning} className="note warning">
                                    {warning}
                                </span>
                            ))}
                        </li>
                    ))}
                </ol>
                <button type="button" className="quiet" onClick={onStop} disabled={!onStop || isStopping}>
                    {isStopping ? "Stopping…" : "Stop"}
                </button>
                <Problem error={error} />
            </div>
        </section>
    );
}
