/** One run of the pipeline: the agents in their order, each finished stage saved before the client hears of it. */
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
import { TOOL_CALLS_PER_RUN, type ToolCalls, type Tools } from "../tools/toolbox.ts";
import { ShuttingDown, Stopped, StoppedByUser, type Work } from "../works/works.ts";
import { themedActivities } from "./activities.ts";
import { AGENT_IDS, type AgentId, type Emit, EventWriter } from "./events.ts";
import { resultOf } from "./result.ts";
import { type Choices, type Plan, type Session, storyOf, withPictures } from "./session.ts";
import type { StageContext } from "./stage.ts";

/** Tries to save what a run has made before it gives up on it, and the time between them. */
const LAST_TRIES = 10;
const LAST_WAIT_MS = 2_000;

/** When a run that ended with its task can be gone on with in another one, in seconds. */
export const RETRY_AFTER = 5;

/** What a reader is told of a run that made no story, by the status that it leaves. */
export const ENDS = {
    running: "The service is being updated. What is finished is saved; continue the story in a moment.",
    interrupted: "Stopped. What is finished is saved.",
    failed: "The story could not be written right now. What is finished is saved; continue the story in a moment.",
    gone: "This story has been deleted, or it is being made elsewhere.",
} as const;

/** A working agent is heard of at least this often, as long as it has something to say. */
const ACTIVITY_MS = 2_500;

export interface PipelineParts {
    agents: Agents;
    tools: Tools;
    sessions: SessionStore;
    defaultVoice: string;
    /** Undefined where nothing is counted. */
    usage: Usage | undefined;
    /** Called once per run that made a story, or failed through no fault of its topic. */
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
                unlessGone(error);
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

/** Draws what is missing; a picture that is there, perhaps one that a person had made again, stays. */
async function illustrate({ choices, tools }: StageContext, session: Session): Promise<void> {
    const { illustrations = [] } = session;
    const has = (number: number) => illustrations.some(({ chapter_number }) => chapter_number === number);
    if (choices.output_format === "audio" || writtenStory(session).chapters.every((one) => has(one.chapter_number))) {
        return;
    }
    const drawn = await tools.illustrate(session, writtenStory(session));
    session.illustrations = withPictures(illustrations, drawn);
}

/** Runs what is left to do of `session` and tells `emit` about all of it, the finished stages included. */
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
        toolCalls: { left: TOOL_CALLS_PER_RUN },
    };
    // A finished story that is only shown once more is not made.
    const isNew = session.stages.length < AGENT_IDS.length;
    try {
        const activities = themedActivities(session.request.topic);
        events.opened(session.request.topic, activities);
        for (const id of AGENT_IDS) {
            await inSpan(`stage ${id}`, { attributes: { "story42.stage": id } }, () =>
                runStage(run, id, activities[id]),
            );
        }
        await saveAtLast(run);
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
    /** Whether the bucket has all that the run has made. */
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

/** A finished story that had to do without pictures gets them when it is taken up again. */
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

/** A stage that can't be saved is still made: the run goes on, and saves all of it with the next one or at its end. */
async function saveStage(run: Run): Promise<void> {
    const { parts, session } = run;
    try {
        await parts.sessions.saveRun(session);
        run.isSaved = true;
    } catch (error) {
        unlessGone(error);
        parts.log.error({ err: error }, "stage was not saved");
        run.isSaved = false;
    }
}

/** What could not be saved on the way, saved before the run says that it is complete. Throws NotSaved. */
async function saveAtLast(run: Run): Promise<void> {
    for (let attempt = 1; !run.isSaved; attempt += 1) {
        await saveStage(run);
        if (!run.isSaved) {
            if (attempt === LAST_TRIES) {
                throw new NotSaved();
            }
            await wait(LAST_WAIT_MS, undefined, { signal: run.work.signal });
        }
    }
}

/** The story is written and can't be stored. */
class NotSaved extends Error {}

/** A story that was removed, or that another task has taken over, is nobody's to go on with. */
function unlessGone(error: unknown): void {
    if (error instanceof StoryGone || error instanceof StoryChanged) {
        throw error;
    }
}

function stageContext(run: Run, id: AgentId, warnings: Set<string>): StageContext {
    const { parts, session, choices, caller, events, work } = run;
    const { signal } = work;
    const doWithout = (reason: string, error?: unknown) => {
        signal.throwIfAborted();
        parts.log.warn({ agent_id: id, err: error }, reason);
        warnings.add(reason);
    };
    return {
        request: session.request,
        choices,
        agents: parts.agents,
        tools: parts.tools.forRun(caller, signal, doWithout, work.keep, run.toolCalls),
        signal,
        activity: (text) => events.agentActive(id, text),
        doWithout,
    };
}

/** Leaves a session that can be taken up again, and says so. */
async function stopRun({ parts, session, events, work }: Run, error: unknown): Promise<void> {
    const { signal } = work;
    const isGone = error instanceof StoryGone || error instanceof StoryChanged || signal.reason instanceof Stopped;
    // A story that was only shown once more stays what it is.
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
    events.failed(explained(isGone ? new StoryGone() : error, signal), {
        resumable: !isGone,
        ...(signal.reason instanceof ShuttingDown && !isGone ? { retry_after: RETRY_AFTER } : {}),
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

/** A run that ends with its task has no other status than one whose task is killed. */
function statusAfter({ aborted, reason }: AbortSignal): Session["status"] {
    if (!aborted) {
        return "failed";
    }
    return reason instanceof ShuttingDown ? "running" : "interrupted";
}

function explained(error: unknown, signal: AbortSignal): string {
    if (error instanceof StoryGone) {
        return ENDS.gone;
    }
    if (signal.reason instanceof StoppedByUser) {
        return ENDS.interrupted;
    }
    if (signal.reason instanceof ShuttingDown) {
        return ENDS.running;
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
        : ENDS.failed;
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
