/** One run of the pipeline: the agents in order; each finished stage is saved before its event is sent. */
import { setTimeout as wait } from "node:timers/promises";
import { STOPPED } from "../../shared/guardrail.ts";
import { failActiveSpan, inSpan } from "../../shared/tracing.ts";
import { BoundReached } from "../../shared/usage/bounds.ts";
import type { Usage } from "../../shared/usage/usage.ts";
import type { Caller } from "../access.ts";
import { type Agents, GuardrailStop, ModelRefusal, ModelUnavailable } from "../agents/ask.ts";
import { planNarration } from "../agents/audio.ts";
import { edit } from "../agents/editor.ts";
import { planning } from "../agents/planning.ts";
import { research } from "../agents/research.ts";
import { castVoices } from "../agents/voice.ts";
import { writeChapters } from "../agents/writer.ts";
import type { Logger } from "../logger.ts";
import type { RunEnd } from "../metrics.ts";
import { type SessionStore, StoryChanged, StoryGone } from "../sessions.ts";
import { MAX_TOOL_CALLS_PER_RUN, type ToolCalls, type Tools } from "../tools/toolbox.ts";
import { ShuttingDown, Stopped, StoppedByUser, type Work } from "../works/works.ts";
import { themedActivities } from "./activities.ts";
import { AGENT_IDS, type AgentId, type Emit, EventWriter } from "./events.ts";
import { resultOf } from "./result.ts";
import { type Choices, type Plan, type Session, storyOf, withPictures } from "./session.ts";
import type { StageContext } from "./stage.ts";

/** Attempts to save a complete run before it fails, and the time between them. */
const MAX_SAVE_ATTEMPTS = 10;
const SAVE_RETRY_MS = 2_000;

/** Seconds after which another task can continue a run that ended with its task. */
export const RETRY_AFTER_SECONDS = 5;

/** Messages for a run without a story, by the status that it leaves. */
export const END_MESSAGES = {
    running: "The service is being updated. What is finished is saved; continue the story in a moment.",
    interrupted: "Stopped. What is finished is saved.",
    failed: "The story could not be written right now. What is finished is saved; continue the story in a moment.",
    gone: "This story has been deleted, or it is being made elsewhere.",
} as const;

/** Interval of a working agent's activity events, while it has activities left. */
const ACTIVITY_MS = 2_500;

export interface PipelineParts {
    agents: Agents;
    tools: Tools;
    sessions: SessionStore;
    defaultVoice: string;
    /** Undefined when usage is not counted. */
    usage: Usage | undefined;
    /** Called for a run that made a story, or failed for a reason other than its topic. */
    onRunEnd: (end: RunEnd) => void;
    log: Logger;
}

type Stage = (context: StageContext, session: Session, parts: PipelineParts) => Promise<void>;

const STAGES: Record<AgentId, Stage> = {
    system_start: async () => {},
    research: async (context, session) => {
        session.research = await research(context, session);
    },
    planning: async (context, session) => {
        session.plan = await planning(context, session);
    },
    writer: async (context, session, parts) => {
        session.chapters = await writeChapters(context, session, planOf(session), async (chapters) => {
            session.chapters = [...chapters];
            await parts.sessions.saveRun(session).catch((error) => {
                rethrowIfGone(error);
                parts.log.warn({ err: error }, "chapter was not saved");
            });
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
        await illustrate(context, session);
        session.status = "completed";
    },
};

/** Draws the missing pictures; an existing picture, which its person may have regenerated, stays. */
async function illustrate({ choices, tools }: StageContext, session: Session): Promise<void> {
    const { illustrations = [] } = session;
    const has = (number: number) => illustrations.some(({ chapter_number }) => chapter_number === number);
    if (choices.output_format === "audio" || writtenStory(session).chapters.every((one) => has(one.chapter_number))) {
        return;
    }
    const drawn = await tools.illustrate(session, writtenStory(session));
    session.illustrations = withPictures(illustrations, drawn);
}

/** Runs the remaining stages of `session`; `emit` gets events for all stages, the finished ones included. */
export async function runPipeline(
    parts: PipelineParts,
    session: Session,
    choices: Choices,
    caller: Caller,
    emit: Emit,
    work: Work,
): Promise<void> {
    const events = new EventWriter(emit, session.session_id);
    const log = parts.log.child({ session_id: session.session_id });
    const started = Date.now();
    const run: Run = {
        parts: { ...parts, log },
        session,
        choices,
        caller,
        events,
        work,
        isSaved: true,
        toolCalls: { left: MAX_TOOL_CALLS_PER_RUN },
    };
    // A finished story that is only shown once more is not made.
    const isNew = session.stages.length < AGENT_IDS.length;
    if (isNew) {
        session.prompt_versions = [...new Set([...(session.prompt_versions ?? []), parts.agents.promptVersion])];
    }
    try {
        const activities = themedActivities(session.request.topic);
        events.opened(session.request.topic, activities);
        for (const id of AGENT_IDS) {
            await inSpan(`stage ${id}`, { attributes: { "story42.stage": id } }, () =>
                runStage(run, id, activities[id]),
            );
        }
        await saveBeforeEnd(run);
        events.completed(Date.now() - started, await resultOf(session, parts.sessions));
        log.info({ milliseconds: Date.now() - started }, "run completed");
        if (isNew) {
            parts.onRunEnd({ isMade: true, milliseconds: Date.now() - started });
        }
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
    work: Work;
    /** Whether the bucket has the run's latest state. */
    isSaved: boolean;
    toolCalls: ToolCalls;
}

async function runStage(run: Run, id: AgentId, activities: string[]): Promise<void> {
    const { session, events, parts } = run;
    run.work.signal.throwIfAborted();
    events.agentStarted(id);
    const finished = session.stages.find((stage) => stage.agent_id === id);
    if (finished) {
        events.agentActive(id, "Already done", { resumed: true });
        if (id === "system_end" && finished.warnings.length > 0) {
            await illustrateAgain(run, finished);
        }
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
    await saveStage(run);
    for (const warning of stage.warnings) {
        events.agentActive(id, warning, { degraded: true });
    }
    events.agentCompleted(id, stage.execution_time_ms, stage.warnings);
}

/** Draws the missing pictures of a finished story when the story is resumed. */
async function illustrateAgain(run: Run, stage: Session["stages"][number]): Promise<void> {
    const { session } = run;
    const warnings = new Set<string>();
    const before = session.illustrations?.length ?? 0;
    await illustrate(stageContext(run, stage.agent_id, warnings), session);
    if ((session.illustrations?.length ?? 0) > before) {
        stage.warnings = [...warnings];
        await saveStage(run);
    }
}

/** Saves after a stage. A failed save does not end the run: the next stage, or the end, saves everything. */
async function saveStage(run: Run): Promise<void> {
    const { parts, session } = run;
    try {
        await parts.sessions.saveRun(session);
        run.isSaved = true;
    } catch (error) {
        rethrowIfGone(error);
        parts.log.error({ err: error }, "stage was not saved");
        run.isSaved = false;
    }
}

/** Saves the unsaved state before the completion event. Throws NotSaved. */
async function saveBeforeEnd(run: Run): Promise<void> {
    for (let attempt = 1; !run.isSaved; attempt += 1) {
        await saveStage(run);
        if (!run.isSaved) {
            if (attempt === MAX_SAVE_ATTEMPTS) {
                throw new NotSaved();
            }
            await wait(SAVE_RETRY_MS, undefined, { signal: run.work.signal });
        }
    }
}

/** The story is complete but could not be saved. */
class NotSaved extends Error {}

/** Rethrows when the story was removed or taken over by another task: then the run must end. */
function rethrowIfGone(error: unknown): void {
    if (error instanceof StoryGone || error instanceof StoryChanged) {
        throw error;
    }
}

function stageContext(run: Run, id: AgentId, warnings: Set<string>): StageContext {
    const { parts, session, choices, caller, events, work } = run;
    const { signal } = work;
    const onUnavailable = (reason: string, error?: unknown) => {
        signal.throwIfAborted();
        parts.log.warn({ agent_id: id, err: error }, reason);
        warnings.add(reason);
    };
    return {
        request: session.request,
        choices,
        agents: parts.agents,
        tools: parts.tools.forRun(caller, signal, onUnavailable, work.keep, run.toolCalls),
        signal,
        activity: (text) => events.agentActive(id, text),
        onUnavailable,
    };
}

/** Saves a session that can be resumed, and sends the last event. */
async function stopRun({ parts, session, events, work }: Run, error: unknown): Promise<void> {
    const { signal } = work;
    const isGone = error instanceof StoryGone || error instanceof StoryChanged || signal.reason instanceof Stopped;
    // A finished story whose events were only replayed keeps its status.
    if (session.stages.length < AGENT_IDS.length) {
        session.status = statusAfter(signal);
    }
    if (!signal.aborted && !isGone) {
        parts.log.error({ err: error }, "run failed");
        failActiveSpan(error);
        if (!(error instanceof ModelRefusal)) {
            parts.onRunEnd({ isMade: false, stage: stageOf(session), cause: causeOf(error) });
        }
    }
    if (!isGone) {
        await parts.sessions.saveRun(session).catch((problem) => {
            work.isDoubtful = true;
            parts.log.error({ err: problem }, "end was not saved");
        });
    }
    events.failed(messageFor(isGone ? new StoryGone() : error, signal), {
        resumable: !isGone,
        ...(signal.reason instanceof ShuttingDown && !isGone ? { retry_after: RETRY_AFTER_SECONDS } : {}),
        ...(signal.reason instanceof BoundReached ? { bound: signal.reason.reached } : {}),
    });
}

/** The stage that a run was at. */
function stageOf({ stages }: Session): string {
    return AGENT_IDS[stages.length] ?? "saving";
}

/** The name of the error that caused all others: few values, and nothing of a story in them. */
function causeOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return "unknown";
    }
    return error.cause instanceof Error ? causeOf(error.cause) : error.name;
}

/** A run that ends with its task keeps the status `running`, as after a kill of the task. */
function statusAfter({ aborted, reason }: AbortSignal): Session["status"] {
    if (!aborted) {
        return "failed";
    }
    return reason instanceof ShuttingDown ? "running" : "interrupted";
}

function messageFor(error: unknown, signal: AbortSignal): string {
    if (error instanceof StoryGone) {
        return END_MESSAGES.gone;
    }
    if (signal.reason instanceof StoppedByUser) {
        return END_MESSAGES.interrupted;
    }
    if (signal.reason instanceof ShuttingDown) {
        return END_MESSAGES.running;
    }
    if (signal.reason instanceof BoundReached) {
        return signal.reason.message;
    }
    if (error instanceof NotSaved) {
        return "The story is written, but can't be saved right now. Continue it in a moment: whatever is not saved by then is written again.";
    }
    if (error instanceof ModelUnavailable) {
        return `The story could not be written: ${error.message}. Whoever runs this service has to choose another model or ask for access.`;
    }
    if (error instanceof GuardrailStop) {
        return STOPPED;
    }
    return error instanceof ModelRefusal
        ? "The language model declined to write this story. Try another topic or other notes."
        : END_MESSAGES.failed;
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
