/** Sharing a story by a link that needs no account and is valid until it is revoked. */
import type { Context } from "hono";
import { isUserId } from "../../../contract/userId.ts";
import { callerOf } from "../access.ts";
import { wholeMp3 } from "../narration/listen.ts";
import { timelineOf } from "../narration/timeline.ts";
import { isOpenedBy, type LinkAddress, newLinkSecret, readToken, tokenOf } from "../pipeline/link.ts";
import { imageUrls } from "../pipeline/result.ts";
import { illustratedChapters, type Session, storyOf } from "../pipeline/session.ts";
import { HttpError, notFound, success } from "../responses.ts";
import type { Service } from "../service.ts";
import { isSessionId } from "../sessions.ts";
import { type StructuredStory, toMarkdown } from "../story.ts";
import { asWork } from "../works/requestWork.ts";
import { rangeAnswer } from "./audio.ts";
import { pictureAnswer } from "./picture.ts";
import type { SomeHandlers } from "./serve.ts";
import { sharedPage } from "./sharedPage.ts";

export function linkRoutes(service: Service) {
    return {
        /** The same link until it is revoked. */
        async shareStory(context) {
            const { id, session } = await changed(context, service, (own) => {
                if (own.status !== "completed") {
                    throw new HttpError(409, "Not finished", "A story can be shared once it is finished.");
                }
                own.link_secret ??= newLinkSecret();
                own.link_origin = originIn(context) ?? own.link_origin;
            });
            return success(context, "Link made", { session_id: id, token: tokenOf(session) });
        },

        async unshareStory(context) {
            const { id } = await changed(context, service, (own) => {
                own.link_secret = undefined;
                own.link_origin = undefined;
            });
            return success(context, "Link taken back", { session_id: id });
        },

        async getSharedStory(context) {
            const { session, story } = await sharedStory(context, service);
            context.header("Cache-Control", "private, no-store");
            const files = service.sessions.narrationFiles(session.user_id, session.session_id);
            const [images, has_audio, record] = await Promise.all([
                imageUrls(session, service.sessions),
                files.isReady(),
                files.load(),
            ]);
            const timeline = record && (await timelineOf(files, record));
            const { created_at } = session;
            return success(context, "Story loaded", {
                ...{ title: story.title, story: toMarkdown(story), structured_story: story },
                ...{ images, illustrated_chapters: illustratedChapters(session), has_audio, created_at },
                ...(timeline ? { timeline } : {}),
            });
        },

        /** A link that leads to no story has its page too: a person opens it, and the site says so. */
        async getSharedPage(context) {
            const token = context.req.param("token");
            const found = await findShared(context, service);
            context.header("Cache-Control", "private, no-store");
            if (!found) {
                return context.html(sharedPage(token), 404);
            }
            const { story, session } = found;
            const { link_origin: origin, illustrations = [] } = session;
            return context.html(sharedPage(token, { story, origin, hasCover: illustrations.length > 0 }));
        },

        async getSharedCover(context) {
            const { illustrations: [cover] = [] } = (await sharedStory(context, service)).session;
            if (!cover) {
                throw new HttpError(404, "Not found", "This story has no picture.");
            }
            context.header("Cache-Control", "private, no-store");
            return pictureAnswer(context, service.sessions.objects, cover.key);
        },

        /** An MP3 for playback. */
        async getSharedNarration(context) {
            const { user_id, session_id } = (await sharedStory(context, service)).session;
            const files = service.sessions.narrationFiles(user_id, session_id);
            const record = await files.load();
            const file = record && (await wholeMp3(files, record));
            if (!file) {
                throw new HttpError(404, "Not found", "This story has no narration.");
            }
            return rangeAnswer(context, files, { ...file, type: "audio/mpeg" });
        },
    } satisfies SomeHandlers;
}

/** The caller's story after `change`. */
async function changed(context: Context, { works, sessions }: Service, change: (session: Session) => void) {
    const id = context.req.param("id") ?? "";
    if (!isSessionId(id)) {
        throw notFound();
    }
    const { userId } = callerOf(context);
    if (!(await sessions.load(userId, id))) {
        throw notFound();
    }
    const session = await asWork(works, { userId, sessionId: id, kind: "change" }, () =>
        sessions.edit(userId, id, (own) => {
            change(own);
            return own;
        }),
    );
    return { id, session };
}

/** A shared story. */
interface Shared {
    session: Session;
    story: StructuredStory;
}

/** The story of the token in the address. Throws HttpError: 404 where the link leads to none. */
async function sharedStory(context: Context, service: Service): Promise<Shared> {
    const found = await findShared(context, service);
    if (!found) {
        // The same answer for an unknown link and a revoked one.
        throw new HttpError(404, "Not found", "This link leads to no story: it is not whole, or it was taken back.");
    }
    return found;
}

/** The story of the token in the address; undefined where the link leads to none. */
async function findShared(context: Context, service: Service): Promise<Shared | undefined> {
    const address = readToken(context.req.param("token") ?? "");
    const session = address && isPlace(address) ? await service.sessions.load(address.userId, address.id) : undefined;
    const story = session && storyOf(session);
    return address && session && story && isOpenedBy(session, address) ? { session, story } : undefined;
}

/** The address of the site that sent a request; browsers name it in each request that changes something. */
function originIn(context: Context): string | undefined {
    const given = context.req.header("origin") ?? "";
    return /^https?:\/\/[\w.:[\]-]{1,260}$/.test(given) ? given : undefined;
}

function isPlace({ userId, id }: LinkAddress): boolean {
    return isUserId(userId) && isSessionId(id);
}
