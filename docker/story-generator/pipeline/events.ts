/** The events of a run, in the clients' format and order. */

/** The agents of a run in their order, with display names. */
export const AGENTS = {
    system_start: "System Agent",
    research: "Research Agent",
    planning: "Planning Agent",
    writer: "Writer Agent",
    editor: "Editor Agent",
    voice: "Voice Agent",
    audio: "Audio Agent",
    system_end: "System Agent (Finalizing)",
} as const;

export type AgentId = keyof typeof AGENTS;
export const AGENT_IDS = Object.keys(AGENTS) as AgentId[];

/** One `data:` line. */
export type PipelineEvent = { type: string } & Record<string, unknown>;

/** Receives the events of a run. A run never waits for its clients. */
export type Emit = (event: PipelineEvent) => void;

/** Writes the events of one run and tracks its progress. */
export class EventWriter {
    readonly #emit: Emit;
    readonly #sessionId: string;
    #completed = 0;

    constructor(emit: Emit, sessionId: string) {
        this.#emit = emit;
        this.#sessionId = sessionId;
    }

    opened(topic: string, activities: Record<AgentId, string[]>): void {
        this.#send("start", { message: "Starting the story" });
        this.#send("status", { message: `Setting the stage for: ${topic}` });
        this.#send("themed_activities", { activities });
    }

    agentStarted(agent_id: AgentId): void {
        this.#send("agent_start", {
            ...this.#agent(agent_id),
            ...this.#nodes(),
            message: `${AGENTS[agent_id]} is now working`,
        });
    }

    agentActive(agent_id: AgentId, activity: string, extra: Record<string, unknown> = {}): void {
        this.#send("agent_activity", {
            ...this.#agent(agent_id),
            activity,
            progress: this.#progress(),
            ...extra,
        });
    }

    /** `warnings`: what was unavailable to this agent. */
    agentCompleted(agent_id: AgentId, execution_time_ms: number, warnings: string[]): void {
        this.#completed += 1;
        this.#send("agent_complete", {
            ...this.#agent(agent_id),
            execution_time_ms,
            status: "completed",
            ...this.#nodes(),
            ...(warnings.length > 0 ? { degraded: true, warnings } : {}),
        });
    }

    /** `total_nodes_completed` and `failed_nodes` are for earlier clients; a failed agent ends the run. */
    completed(execution_time_ms: number, result: Record<string, unknown>): void {
        this.#send("complete", {
            total_nodes_completed: this.#completed,
            failed_nodes: 0,
            status: "completed",
            message: "Story generation complete",
            execution_time_ms,
            result,
            ...this.#nodes(),
        });
    }

    /** Earlier clients read `error`, the contract names `message`. */
    failed(message: string, extra: Record<string, unknown> = {}): void {
        this.#send("error", { message, error: message, ...extra });
    }

    #agent(agent_id: AgentId) {
        return { agent: AGENTS[agent_id], agent_id };
    }

    #progress(): number {
        return Math.round((this.#completed / AGENT_IDS.length) * 1000) / 10;
    }

    #nodes() {
        return { progress: this.#progress(), nodes_completed: this.#completed, total_nodes: AGENT_IDS.length };
    }

    #send(type: string, fields: Record<string, unknown>): void {
        this.#emit({ type, session_id: this.#sessionId, timestamp: new Date().toISOString(), ...fields });
    }
}
