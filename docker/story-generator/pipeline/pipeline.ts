/** One run of the pipeline: the agents in their order, each finished stage saved before the client hears of it. */
import { type Agents, ModelRefusal, ModelUnavailable } from "../agents/ask.ts";
import { planNarration } from "../agents/audio.ts";
import { edit } from "../agents/editor.ts";
import { planning } from "../agents/planning.ts";
import { research } from "../agents/research.ts";
import { castVoices } from "../agents/voice.ts";
import { writeChapters } from "../agents/writer.ts";
import type { Logger } from "../logger.ts";
import type { SessionStore } from "../sessions.ts";
import type { Caller, Tools } from "../tools/toolbox.ts";
import { themedActivities } from "./activities.ts";
import { AGENT_IDS, type AgentId, type Emit, EventWriter } from "./events.ts";
import { resultOf } from "./result.ts";
import { ShuttingDown } from "./runs.ts";
import { type Choices, type Plan, type Session, storyOf } from "./session.ts";
import type { StageContext } from "./stage.ts";

/** A working agent is heard of at least this often, as long as it has something to say. */
const ACTIVITY_MS = 2_500;

export interface PipelineParts {
    agents: Agents;
    tools: Tools;
    sessions: SessionStore;
    defaultVoice: string;
    /** Told of a run that failed through no fault of its topic. */
    onFailedRun: () => void;
    log: Logger;
}

type Stage = (context: StageContext, session: Session, parts: PipelineParts) => Promise<void>;

const STAGES: Record<AgentId, Stage> = {
    system_start: async () => {},
    research: async (context, session) => {
        session.research = await research(context);
    },
    planning: async (context, session) => {
        session.plan = await planning(context, session);
    },
    writer: async (context, session, parts) => {
        session.chapters = await writeChapters(context, session, planOf(session), async (chapters) => {
            session.chapters = [...chapters];
            await parts.sessions
                .save(session)
                .catch((error) => parts.log.warn({ err: error }, "chapter was not saved"));
        });
    },
    editor: async (context, session) => {
        session.chapters = await edit(context, session, planOf(session));
    },
    voice: async (context, session, parts) => {
        session.voices = await castVoices(context, writtenStory(session), parts.defaultVoice);
    },
    audio: async (context, session) => {
        session.narration = await planNarration(context, writtenStory(session));
    },
    system_end: async (context, session) => {
        if (context.choices.output_format !== "audio") {
            session.illustrations = await context.tools.illustrate(session, writtenStory(session));
        }
        session.status = "completed";
    },
};

/** Runs what is left to do of `session` and tells `emit` about all of it, the finished stages included. */
export async function runPipeline(
    parts: PipelineParts,
    session: Session,
    choices: Choices,
    caller: Caller,
    emit: Emit,
    signal: AbortSignal,
): Promise<void> {
    const events = new EventWriter(emit, session.session_id);
    const log = parts.log.child({ session_id: session.session_id });
    const started = Date.now();
    const run = { parts: { ...parts, log }, session, choices, caller, events, signal };
    try {
        const activities = themedActivities(session.request.topic);
        events.opened(session.request.topic, activities);
        for (const id of AGENT_IDS) {
            await runStage(run, id, activities[id]);
        }
        events.completed(Date.now() - started, await resultOf(session, parts.sessions));
        log.info({ milliseconds: Date.now() - started }, "run completed");
    } catch (error) {
        await stopRun(run, error);
    }
}

interface Run {
    parts: PipelineParts;
    session: Session;
    choices: Choices;
    caller: Caller;
    events: EventWriter;
    signal: AbortSignal;
}

async function runStage(run: Run, id: AgentId, activities: string[]): Promise<void> {
    const { session, events, parts } = run;
    run.signal.throwIfAborted();
    events.agentStarted(id);
    const finished = session.stages.find((stage) => stage.agent_id === id);
    if (finished) {
        events.agentActive(id, "Already done earlier", { resumed: true });
        events.agentCompleted(id, finished.execution_time_ms, finished.warnings);
        return;
    }
    const started = Date.now();
    const warnings = new Set<string>();
    const [first = "Working", ...more] = activities;
    events.agentActive(id, first);
    const ticker = setInterval(() => {
        const next = more.shift();
        if (next) {
            events.agentActive(id, next);
        }
    }, ACTIVITY_MS);
    try {
        await STAGES[id](stageContext(run, id, warnings), session, parts);
    } finally {
        clearInterval(ticker);
    }
    const stage = { agent_id: id, execution_time_ms: Date.now() - started, warnings: [...warnings] };
    session.stages.push(stage);
    await saveStage(run, stage.warnings);
    for (const warning of stage.warnings) {
        events.agentActive(id, warning, { degraded: true });
    }
    events.agentCompleted(id, stage.execution_time_ms, stage.warnings);
}

/** A stage that cannot be saved is still made: the run goes on, and its answer says that it would not survive. */
async function saveStage({ parts, session }: Run, warnings: string[]): Promise<void> {
    try {
        await parts.sessions.save(session);
    } catch (error) {
        parts.log.error({ err: error }, "stage was not saved");
        warnings.push(
            "The story could not be saved at this point; if the run breaks off, it goes on from an earlier one.",
        );
    }
}

function stageContext(run: Run, id: AgentId, warnings: Set<string>): StageContext {
    const { parts, session, choices, caller, events, signal } = run;
    const doWithout = (reason: string, error?: unknown) => {
        signal.throwIfAborted();
        parts.log.warn({ agent_id: id, err: error }, reason);
        warnings.add(reason);
    };
    return {
        request: session.request,
        choices,
        agents: parts.agents,
        tools: parts.tools.forRun(caller, signal, doWithout),
        signal,
        activity: (text) => events.agentActive(id, text),
        doWithout,
    };
}

/** Leaves a session that can be taken up again, and tells the client if it is still there. */
async function stopRun({ parts, session, events, signal }: Run, error: unknown): Promise<void> {
    // A story that was only shown once more stays what it is.
    if (session.stages.length < AGENT_IDS.length) {
        session.status = signal.aborted ? "interrupted" : "failed";
    }
    if (!signal.aborted) {
        parts.log.error({ err: error }, "run failed");
        if (!(error instanceof ModelRefusal)) {
            parts.onFailedRun();
        }
    }
    await parts.sessions.save(session).catch((problem) => parts.log.error({ err: problem }, "end was not saved"));
    events.failed(explained(error, signal), { resumable: true });
}

function explained(error: unknown, signal: AbortSignal): string {
    if (signal.reason instanceof ShuttingDown) {
        return "The service is being renewed. What is finished is saved; send the session's id again to go on.";
    }
    if (error instanceof ModelUnavailable) {
        return `The story could not be written: ${error.message}. Whoever runs this service has to choose another model or ask for access.`;
    }
    return error instanceof ModelRefusal
        ? "The model refuses to write this story. Start one with another topic or other notes."
        : "The story could not be written just now. What is finished is saved; send the session's id again to go on.";
}

function planOf(session: Session): Plan {
    if (!session.plan) {
        throw new Error("the story has no plan");
    }
    return session.plan;
}

function writtenStory(session: Session) {
    const story = storyOf(session);
    if (!story) {
        throw new Error("the story has no chapters");
    }
    return story;
}
