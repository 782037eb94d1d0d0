/** The routes for making a story: the pipeline as a stream of events, the choices, and resuming a session. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type NewStoryBody, newStoryBody, resumeBody } from "../../../contract/agentRoutes.ts";
import { ApiError } from "../../shared/apiErrors.ts";
import { type Caller, callerOf } from "../access.ts";
import { AGENT_IDS } from "../pipeline/events.ts";
import { follow } from "../pipeline/follow.ts";
import { storyDetail } from "../pipeline/result.ts";
import { type Choices, newSession, type Session } from "../pipeline/session.ts";
import { bodyAs, HttpError, notFound, success } from "../responses.ts";
import type { Service } from "../service.ts";
import { isSessionId, StoryGone } from "../sessions.ts";
import { asWork } from "../works/requestWork.ts";
import { WorkRefused } from "../works/works.ts";
import type { SomeHandlers } from "./serve.ts";

/** Interval of keep-alive comments, so that no proxy closes the stream while an agent works. */
const HEARTBEAT_MS = 15_000;

export function storyRoutes(service: Service) {
    return {
        async generateStory(context) {
            const caller = callerOf(context);
            // `session_id` decides first which of the two bodies it is: a wish may have any other fields.
            const { session_id } = await bodyAs(context, resumeBody);
            const sessionOrId = session_id
                ? (await ownSession(service, caller, session_id)).session_id
                : newSession(caller.userId, await checkedWish(service, context, await bodyAs(context, newStoryBody)));
            return streamRun(context, service, caller, sessionOrId);
        },

        async getSession(context) {
            const caller = callerOf(context);
            const session = await ownSession(service, caller, context.req.param("session_id"));
            if (context.req.header("accept")?.includes("text/event-stream")) {
                return streamRun(context, service, caller, session.session_id);
            }
            const view = await sessionView(service, session);
            return success(context, "Session loaded", { ...view, session: view });
        },

        async stopRun(context) {
            const caller = callerOf(context);
            const { session_id } = await ownSession(service, caller, context.req.param("session_id"));
            if (!(await service.works.stop(caller.userId, session_id, "run"))) {
                throw new HttpError(503, "Unavailable", "The story is still being stopped; ask again in a moment.", {
                    headers: { "Retry-After": "5" },
                });
            }
            const { status } = await ownSession(service, caller, session_id);
            return success(context, "Story stopped", { session_id, resumable: status !== "completed" });
        },

        async selectConcept(context, body) {
            const { session_id, selected_concept } = await body();
            await choose(service, callerOf(context), session_id, () => ({ selected_concept }));
            return success(context, "Concept selected", {
                session_id,
                selected_concept,
                status: "concept_selected",
                next_step: "approve_scene",
            });
        },

        async approveScene(context, body) {
            const { session_id, scene_id } = await body();
            await choose(service, callerOf(context), session_id, (choices, session) => {
                const scene = sceneOf(session, String(scene_id));
                return { approved_scenes: [...new Set([...choices.approved_scenes, scene])] };
            });
            return success(context, "Scene approved", {
                session_id,
                scene_id,
                status: "approved",
                next_action: "select_format",
            });
        },

        async selectFormat(context, body) {
            const { session_id, output_format } = await body();
            await choose(service, callerOf(context), session_id, () => ({ output_format }));
            return success(context, "Format selected", {
                session_id,
                output_format,
                stage: "format_selected",
                next_step: "select_narrator",
            });
        },

        async selectNarrator(context, body) {
            const { session_id, narrator_id } = await body();
            await choose(service, callerOf(context), session_id, () => ({ narrator_id }));
            return success(context, "Narrator selected", {
                session_id,
                narrator_id,
                stage: "generation",
                status: "narrator_selected",
            });
        },
    } satisfies SomeHandlers;
}

/** The wish, unless the guardrail blocks it: the caller gets the error before anything begins. */
async function checkedWish({ guardrail }: Service, context: Context, wish: NewStoryBody): Promise<NewStoryBody> {
    try {
        await guardrail?.check("INPUT", wish, context.req.raw.signal);
        return wish;
    } catch (error) {
        throw error instanceof ApiError
            ? new HttpError(error.status as ContentfulStatusCode, "Not made", error.message, { cause: error })
            : error;
    }
}

/**
 * Streams the events of the story's run: of the running one, on any task, or of a new one. The run continues without
 * listeners; `Last-Event-ID` skips the events that a client already has.
 */
async function streamRun(context: Context, service: Service, caller: Caller, sessionOrId: Session | string) {
    const lastSeen = context.req.header("last-event-id");
    const run = await service.runs.of(caller, sessionOrId, lastSeen).catch(undefinedIfElsewhere);
    context.header("Cache-Control", "no-cache, no-transform");
    context.header("X-Accel-Buffering", "no");
    return streamSSE(context, async (stream) => {
        const leaving = new AbortController();
        stream.onAbort(() => leaving.abort());
        const heartbeat = setInterval(() => void stream.write(": keep-alive\n\n"), HEARTBEAT_MS);
        try {
            const blocks = run
                ? run.blocks(lastSeen, leaving.signal)
                : follow(
                      service,
                      caller.userId,
                      typeof sessionOrId === "string" ? sessionOrId : sessionOrId.session_id,
                      leaving.signal,
                  );
            for await (const block of blocks) {
                await stream.write(block);
            }
        } finally {
            clearInterval(heartbeat);
        }
    });
}

/** Undefined when the run is on another task. */
function undefinedIfElsewhere(error: unknown): undefined {
    if (!(error instanceof WorkRefused && error.refusal === "already-running")) {
        throw error;
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
    { works, sessions }: Service,
    { userId }: Caller,
    id: string,
    change: (choices: Choices, session: Session) => Partial<Choices>,
): Promise<void> {
    if (!isSessionId(id)) {
        throw notFound();
    }
    await asWork(works, { userId, sessionId: id, kind: "change" }, async () => {
        const session = await sessions.load(userId, id);
        if (!session) {
            throw new StoryGone();
        }
        await sessions.choose(userId, id, (choices) => change(choices, session));
    });
}

/** The scene of an id: scenes are the chapters; `scene_2`, `scene-2` and `2` all mean the second. */
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
        ...(await storyDetail(session, service)),
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
