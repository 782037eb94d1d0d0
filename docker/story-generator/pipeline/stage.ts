/** The context of a pipeline stage. */
import type { NewStoryBody } from "../../../contract/agentRoutes.ts";
import type { Agents } from "../agents/ask.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { Choices } from "./session.ts";

export interface StageContext {
    request: NewStoryBody;
    choices: Choices;
    agents: Pick<Agents, "ask">;
    tools: Toolbox;
    /** Aborted when the person stops the run, the story is removed, or the container shuts down. */
    signal: AbortSignal;
    /** Sends an activity text to the client. */
    activity(text: string): void;
    /**
     * Records a warning that the story continues without something. `reason` is for the story's reader, `error` for the log.
     * In a cancelled run it throws instead, since the run ends.
     */
    onUnavailable(reason: string, error?: unknown): void;
}
