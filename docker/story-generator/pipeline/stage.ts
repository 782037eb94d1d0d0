/** What a stage of the pipeline works with. */
import type { NewStoryBody } from "../../../contract/agentRoutes.ts";
import type { Agents } from "../agents/ask.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { Choices } from "./session.ts";

export interface StageContext {
    request: NewStoryBody;
    choices: Choices;
    agents: Agents;
    tools: Toolbox;
    /** Aborted when the person stops the run, the story is removed, or the container goes away. */
    signal: AbortSignal;
    /** Tells the client what happens right now. */
    activity(text: string): void;
    /**
     * Notes that the story goes on without something. `reason` is for the reader of the story, `error` for the log.
     * A cancelled run throws here instead: nothing is poorer then, it is over.
     */
    doWithout(reason: string, error?: unknown): void;
}
