/** The caller's stories: the list, one of them, its pictures, its files, single parts made again, its removal. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { downloadFormat, wishBody } from "../../../contract/agentRoutes.ts";
import { type Access, callerOf } from "../access.ts";
import { answer, bodyAs, HttpError, notFound } from "../answers.ts";
import { regenerateImage, regenerateSegment } from "../pipeline/regenerate.ts";
import { imageUrls, storyDetail, summaryOf } from "../pipeline/result.ts";
import { type Session, storyOf } from "../pipeline/session.ts";
import type { Service } from "../service.ts";
import { isSessionId } from "../sessions.ts";
import { toMarkdown } from "../story.ts";

const position = z.coerce.number().int().min(1).max(10_000);

export function storiesRoutes(service: Service): Hono<Access> {
    const routes = new Hono<Access>();

    routes.get("/list", async (context) => {
        const stories = await service.sessions.list(callerOf(context).userId);
        return answer(context, "Stories loaded", { stories, count: stories.length });
    });

    routes.get("/:id", async (context) => {
        const session = await ownStory(context, service);
        return answer(context, "Story loaded", await storyDetail(session, service.sessions));
    });

    routes.get("/:id/images", async (context) => {
        const session = await ownStory(context, service);
        const images = await imageUrls(session, service.sessions);
        return answer(context, "Images loaded", { session_id: session.session_id, images });
    });

    routes.get("/:id/download", async (context) => {
        const session = await ownStory(context, service);
        const story = storyOf(session);
        if (!story) {
            throw new HttpError(409, "Not written yet", "The story has no chapter yet.");
        }
        const { data: format } = downloadFormat.safeParse(context.req.query("format") ?? "txt");
        if (!format) {
            throw new HttpError(400, "Bad request", `format: must be ${downloadFormat.options.join(" or ")}`);
        }
        context.header("Content-Disposition", `attachment; filename="story_${session.session_id}.${format}"`);
        context.header("Content-Type", format === "txt" ? "text/plain; charset=utf-8" : "application/json");
        return context.body(
            format === "txt"
                ? toMarkdown(story)
                : JSON.stringify({ ...summaryOf(session), structured_story: story }, null, 2),
        );
    });

    routes.post("/:id/segments/:segment/regenerate", async (context) => {
        const session = await finishedStory(context, service);
        const { user_request } = await bodyAs(context, wishBody);
        const line = await regenerateSegment(
            service,
            session,
            callerOf(context),
            numberIn(context, "segment"),
            user_request,
            context.req.raw.signal,
        );
        return answer(context, "Segment made again", { session_id: session.session_id, segment: line });
    });

    routes.post("/:id/images/:image/regenerate", async (context) => {
        const session = await finishedStory(context, service);
        const { user_request } = await bodyAs(context, wishBody);
        const url = await regenerateImage(
            service,
            session,
            callerOf(context),
            numberIn(context, "image"),
            user_request,
            context.req.raw.signal,
        );
        return answer(context, "Image made again", { session_id: session.session_id, image: url });
    });

    routes.delete("/:id", async (context) => {
        const session = await ownStory(context, service);
        const { userId } = callerOf(context);
        await service.runs.cancel(userId, session.session_id);
        await service.narrator.reset(service.sessions.narrationFiles(userId, session.session_id));
        const objects = await service.sessions.remove(userId, session.session_id);
        return answer(context, "Story deleted", { session_id: session.session_id, deleted_objects: objects });
    });

    return routes;
}

async function ownStory(context: Context, service: Service): Promise<Session> {
    const id = context.req.param("id") ?? "";
    const session = isSessionId(id) ? await service.sessions.load(callerOf(context).userId, id) : undefined;
    if (!session) {
        throw notFound();
    }
    return session;
}

async function finishedStory(context: Context, service: Service): Promise<Session> {
    const session = await ownStory(context, service);
    if (session.status !== "completed") {
        throw new HttpError(409, "Not finished", "Single parts can be made again when the story is finished.");
    }
    return session;
}

function numberIn(context: Context, name: string): number {
    const parsed = position.safeParse(context.req.param(name));
    if (!parsed.success) {
        throw new HttpError(404, "Not found", `There is no such ${name} in this story.`);
    }
    return parsed.data;
}
