import type { PipelineEvent } from "./api.ts";

/** How far a pipeline is, put together from its events. */
export interface Progress {
    percent: number;
    message: string;
    agents: { id: string; name: string; state: "working" | "done"; activity?: string }[];
}

/** The progress after one more event. */
export function progressAfter(progress: Progress, event: PipelineEvent): Progress {
    const percent = Math.max(progress.percent, Math.round(event.progress ?? 0));
    const message = event.message ?? event.activity ?? progress.message;
    const id = event.agent_id;
    if (!id || id.startsWith("system_")) {
        return { ...progress, percent, message };
    }
    const others = progress.agents.filter((agent) => agent.id !== id);
    const known = progress.agents.find((agent) => agent.id === id);
    const agent = {
        id,
        name: event.agent ?? known?.name ?? id,
        state: event.type === "agent_complete" ? ("done" as const) : ("working" as const),
        activity: event.activity ?? event.message ?? known?.activity,
    };
    return { percent, message, agents: [...others, agent] };
}

export function PipelineProgress({ progress, onCancel }: { progress: Progress; onCancel: () => void }) {
    return (
        <section className="card progress">
            <h1>Your story is being made</h1>
            <progress max={100} value={progress.percent} aria-label="Progress of the story" />
            <p role="status">
                {progress.percent} % · {progress.message}
            </p>
            <ol>
                {progress.agents.map((agent) => (
                    <li key={agent.id} className={agent.state}>
                        <strong>{agent.name}</strong>
                        <span className="note">{agent.state === "done" ? "done" : agent.activity}</span>
                    </li>
                ))}
            </ol>
            <button type="button" className="quiet" onClick={onCancel}>
                Stop
            </button>
        </section>
    );
}
