/** Making a story: the pipeline as a stream of events, the choices along the way, and taking a session up again. */
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import {
    conceptBody,
    formatBody,
    narratorBody,
    resumeBody,
    sceneBody,
    storyWish,
} from "../../../contract/agentRoutes.ts";
import { type Access, callerOf } from "../access.ts";
import { answer, bodyAs, HttpError, notFound } from "../answers.ts";
import { AGENT_IDS } from "../pipeline/events.ts";
import { runPipeline } from "../pipeline/pipeline.ts";
import { storyDetail } from "../pipeline/result.ts";
import { type Refusal, RunRefused } from "../pipeline/runs.ts";
import { type Choices, choices as choicesSchema, newSession, type Session } from "../pipeline/session.ts";
import type { Service } from "../service.ts";
import { isSessionId } from "../sessions.ts";
import type { Caller } from "../tools/toolbox.ts";

/** How often a stream shows that it lives, so that no proxy closes it while an agent thinks. */
const HEARTBEAT_MS = 15_000;

const NO_CHOICES = choicesSchema.parse({});

export function storyRoutes(service: Service): Hono<Access> {
    const routes = new Hono<Access>();

    routes.post("/generate-pipeline", async (context) => {
        const caller = callerOf(context);
        const { session_id } = await bodyAs(context, resumeBody);
        const session = session_id
            ? await ownSession(service, caller, session_id)
            : newSession(caller.userId, await bodyAs(context, storyWish));
        return streamRun(context, service, caller, session);
    });

    routes.get("/session/:id", async (context) => {
        const caller = callerOf(context);
        const session = await ownSession(service, caller, context.req.param("id"));
        if (context.req.header("accept")?.includes("text/event-stream")) {
            return streamRun(context, service, caller, session);
        }
        const view = await sessionView(service, session);
        return answer(context, "Session loaded", { ...view, session: view });
    });

    routes.post("/select-concept", async (context) => {
        const { session_id, selected_concept } = await bodyAs(context, conceptBody);
        await choose(service, callerOf(context), session_id, () => ({ selected_concept }));
        return answer(context, "Concept selected", {
            session_id,
            selected_concept,
            status: "concept_selected",
            next_step: "approve_scene",
        });
    });

    routes.post("/approve-scene", async (context) => {
        const { session_id, scene_id } = await bodyAs(context, sceneBody);
        await choose(service, callerOf(context), session_id, (choices, session) => {
            const scene = sceneOf(session, String(scene_id));
            return { approved_scenes: [...new Set([...choices.approved_scenes, scene])] };
        });
        return answer(context, "Scene approved", {
            session_id,
            scene_id,
            status: "approved",
            next_action: "select_format",
        });
    });

    routes.post("/select-format", async (context) => {
        const { session_id, output_format } = await bodyAs(context, formatBody);
        await choose(service, callerOf(context), session_id, () => ({ output_format }));
        return answer(context, "Format selected", {
            session_id,
            output_format,
            stage: "format_selected",
            next_step: "select_narrator",
        });
    });

    routes.post("/select-narrator", async (context) => {
        const { session_id, narrator_id } = await bodyAs(context, narratorBody);
        await choose(service, callerOf(context), session_id, () => ({ narrator_id }));
        return answer(context, "Narrator selected", {
            session_id,
            narrator_id,
            stage: "generation",
            status: "narrator_selected",
        });
    });

    return routes;
}

const REFUSALS: Record<Refusal, () => HttpError> = {
    draining: () =>
        new HttpError(503, "Unavailable", "The service is being renewed; try again in a moment.", {
            headers: { "Retry-After": "5" },
        }),
    full: () =>
        new HttpError(503, "Unavailable", "The service makes as many stories as it can; try again in a minute.", {
            headers: { "Retry-After": "60" },
        }),
    "too-many-for-user": () =>
        new HttpError(429, "Too many runs", "You have as many stories in the making as you may; wait for one to end.", {
            headers: { "Retry-After": "30" },
        }),
    "already-running": () => new HttpError(409, "Already running", "This story is being made right now."),
};

/** Streams the run's events. The run ends with the connection: a client that leaves cancels it. */
function streamRun(context: Context, service: Service, caller: Caller, session: Session): Response {
    const run = beginRun(service, caller, session);
    context.header("Cache-Control", "no-cache, no-transform");
    context.header("X-Accel-Buffering", "no");
    return streamSSE(context, async (stream) => {
        stream.onAbort(() => run.abort.abort(new Error("the client left")));
        const heartbeat = setInterval(() => void stream.write(": keep-alive\n\n"), HEARTBEAT_MS);
        try {
            // Without the choices the story is still a story.
            const choices = await service.sessions
                .loadChoices(caller.userId, session.session_id)
                .catch(() => NO_CHOICES);
            session.status = session.status === "completed" ? "completed" : "running";
            await runPipeline(
                service.pipeline,
                session,
                choices,
                caller,
                (event) => void stream.write(`data: ${JSON.stringify(event)}\n\n`),
                run.abort.signal,
            );
        } finally {
            clearInterval(heartbeat);
            run.end();
        }
    });
}

function beginRun(service: Service, caller: Caller, session: Session) {
    try {
        return service.runs.begin(caller.userId, session.session_id);
    } catch (error) {
        throw error instanceof RunRefused ? REFUSALS[error.refusal]() : error;
    }
}

async function ownSession(service: Service, caller: Caller, id: string): Promise<Session> {
    const session = isSessionId(id) ? await service.sessions.load(caller.userId, id) : undefined;
    if (!session) {
        throw notFound();
    }
    return session;
}

async function choose(
    service: Service,
    caller: Caller,
    id: string,
    change: (choices: Choices, session: Session) => Partial<Choices>,
): Promise<void> {
    const session = await ownSession(service, caller, id);
    const choices = await service.sessions.loadChoices(caller.userId, id);
    await service.sessions.saveChoices(caller.userId, id, { ...choices, ...change(choices, session) });
}

/** The scene that an id names: scenes are the chapters, and `scene_2`, `scene-2` and `2` all mean the second. */
function sceneOf(session: Session, id: string): string {
    const number = Number(/^(?:\D*[^\d-])?-?(\d{1,3})$/.exec(id)?.[1]);
    if (!(number >= 1 && number <= scenesIn(session).length)) {
        throw new HttpError(404, "Not found", `There is no scene ${JSON.stringify(id)} in this story.`);
    }
    return `scene_${number}`;
}

function scenesIn(session: Session): { title: string }[] {
    return session.plan?.chapters ?? [];
}

async function sessionView(service: Service, session: Session): Promise<Record<string, unknown>> {
    const choices = await service.sessions.loadChoices(session.user_id, session.session_id);
    const finished = session.stages.map((stage) => stage.agent_id);
    const next = AGENT_IDS.find((id) => !finished.includes(id));
    return {
        ...(await storyDetail(session, service.sessions)),
        choices,
        scenes: scenesIn(session).map(({ title }, at) => ({
            scene_id: `scene_${at + 1}`,
            title,
            status: choices.approved_scenes.includes(`scene_${at + 1}`) ? "approved" : "open",
        })),
        completed_stages: finished,
        stage: next ?? "completed",
        resumable: next !== undefined,
    };
}
