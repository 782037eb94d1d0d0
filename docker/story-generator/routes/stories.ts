/** The routes of the caller's stories: list, one story, pictures, files, regenerated parts, removal. */
import type { Context } from "hono";
import * as z from "zod";
import { downloadFormat, listQuery } from "../../../contract/agentRoutes.ts";
import { type Caller, callerOf } from "../access.ts";
import { regenerateImage, regenerateSegment } from "../pipeline/regenerate.ts";
import { imageUrls, storyDetail } from "../pipeline/result.ts";
import { type Session, storyOf, summaryOf } from "../pipeline/session.ts";
import { HttpError, notFound, success } from "../responses.ts";
import type { Service } from "../service.ts";
import { isSessionId } from "../sessions.ts";
import { toMarkdown } from "../story.ts";
import { isPagePosition } from "../storyIndex.ts";
import { asWork } from "../works/requestWork.ts";
import { pictureAnswer } from "./picture.ts";
import type { SomeHandlers } from "./serve.ts";

const position = z.coerce.number().int().min(1).max(10_000);

export function storiesRoutes(service: Service) {
    return {
        async listStories(context) {
            const { data: page, error } = listQuery.safeParse(context.req.query());
            const after = page?.next && Buffer.from(page.next, "base64url").toString("utf8");
            if (!page || (after !== undefined && !isPagePosition(after))) {
                const wrong = error?.issues.map(({ path, message }) => `${path.join()}: ${message}`).join("; ");
                throw new HttpError(400, "Bad request", wrong ?? "next: is not what an earlier page gave");
            }
            const { stories, next } = await service.sessions.list(callerOf(context).userId, page.limit, after);
            return success(context, "Stories loaded", {
                stories,
                count: stories.length,
                ...(next === undefined ? {} : { next: Buffer.from(next).toString("base64url") }),
            });
        },

        async getStory(context) {
            const session = await ownStory(context, service);
            return success(context, "Story loaded", await storyDetail(session, service));
        },

        async getImages(context) {
            const session = await ownStory(context, service);
            const images = await imageUrls(session, service.sessions);
            return success(context, "Images loaded", { session_id: session.session_id, images });
        },

        async downloadStory(context) {
            const session = await ownStory(context, service);
            const story = storyOf(session);
            if (!story) {
                throw new HttpError(409, "Not written yet", "The story has no chapters yet.");
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
        },

        async regenerateSegment(context, body) {
            const number = numberIn(context, "segment");
            const { user_request } = await body();
            const { id, caller } = await ownFinished(context, service);
            const segment = await asWork(
                service.works,
                { userId: caller.userId, sessionId: id, kind: "part" },
                (work) => regenerateSegment(service, { id, work }, caller, number, user_request),
            );
            return success(context, "Segment made again", { session_id: id, segment });
        },

        async regenerateImage(context, body) {
            const number = numberIn(context, "image");
            const { user_request } = await body();
            const { id, caller } = await ownFinished(context, service);
            const image = await asWork(service.works, { userId: caller.userId, sessionId: id, kind: "part" }, (work) =>
                regenerateImage(service, { id, work }, caller, number, user_request),
            );
            return success(context, "Image made again", { session_id: id, image });
        },

        // Works without the story too: a repeated request completes a deletion that broke off.
        async deleteStory(context) {
            const id = idIn(context);
            const objects = await service.sessions.remove(callerOf(context).userId, id);
            if (objects === undefined) {
                throw notFound();
            }
            return success(context, "Story deleted", { session_id: id, deleted_objects: objects });
        },

        /** Redirects to a signed URL, valid for an hour; pages that may not fetch from elsewhere get the picture itself. */
        async getImage(context) {
            const file = context.req.param("file");
            const key = /^[\w.-]+$/.test(file)
                ? await service.sessions.picture(callerOf(context).userId, idIn(context), file)
                : undefined;
            if (!key) {
                throw new HttpError(404, "Not found", "This picture does not exist, or it is not one of yours.");
            }
            context.header("Cache-Control", "private, no-store");
            if (context.req.query("inline") === "true") {
                return pictureAnswer(context, service.sessions.objects, key);
            }
            return context.redirect(await service.sessions.objects.sign(key), 302);
        },
    } satisfies SomeHandlers;
}

function idIn(context: Context): string {
    const id = context.req.param("id") ?? "";
    if (!isSessionId(id)) {
        throw notFound();
    }
    return id;
}

async function ownStory(context: Context, service: Service): Promise<Session> {
    const session = await service.sessions.load(callerOf(context).userId, idIn(context));
    if (!session) {
        throw notFound();
    }
    return session;
}

/** Checked before a work begins, so that an impossible request takes no place. */
async function ownFinished(context: Context, service: Service): Promise<{ id: string; caller: Caller }> {
    const session = await ownStory(context, service);
    if (session.status !== "completed") {
        throw new HttpError(409, "Not finished", "Parts of a story can be changed once it is finished.");
    }
    return { id: session.session_id, caller: callerOf(context) };
}

function numberIn(context: Context, name: string): number {
    const parsed = position.safeParse(context.req.param(name));
    if (!parsed.success) {
        throw new HttpError(404, "Not found", `There is no such ${name} in this story.`);
    }
    return parsed.data;
}
