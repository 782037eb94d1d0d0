/** A story in the clients' format, for the end of a run and for later requests. */
import { pathOf } from "../../../contract/agentRoutes.ts";
import { sumOf, usageOf } from "../../../contract/usage.ts";
import type { Usage } from "../../shared/usage/usage.ts";
import type { Logger } from "../logger.ts";
import type { SessionStore } from "../sessions.ts";
import { speakersOf, toMarkdown } from "../story.ts";
import { tokenOf } from "./link.ts";
import { illustratedChapters, lacksPictures, type Session, storyOf, summaryOf, warningsOf } from "./session.ts";

/** The fields of the `complete` event. */
export async function resultOf(session: Session, sessions: SessionStore): Promise<Record<string, unknown>> {
    const story = storyOf(session);
    return {
        story: story ? toMarkdown(story) : "",
        topic: session.request.topic,
        session_id: session.session_id,
        images: await imageUrls(session, sessions),
        illustrated_chapters: illustratedChapters(session),
        download_url: pathOf("downloadStory", { id: session.session_id }),
        ...(story ? { structured_story: story, speakerOptions: speakersOf(story) } : {}),
        warnings: warningsOf(session),
    };
}

/** The answer of the story route. */
export async function storyDetail(
    session: Session,
    { sessions, usage, log }: { sessions: SessionStore; usage: Usage | undefined; log: Logger },
): Promise<Record<string, unknown>> {
    const { request, research, voices, narration, plan, prompt_versions = [] } = session;
    const used = await usage?.ledger.ofStory(session.user_id, session.session_id).catch((error: unknown) => {
        log.warn({ err: error }, "what a story used could not be read");
        return undefined;
    });
    const summary = summaryOf(session);
    const link_token = tokenOf(session);
    const result = await resultOf(session, sessions);
    return {
        ...summary,
        ...result,
        ...request,
        story_text: result.story,
        has_audio: await sessions.narrationFiles(session.user_id, session.session_id).isReady(),
        metadata: { ...summary, prompt_versions },
        sources: research?.sources ?? [],
        voices: voices ?? {},
        ...(plan ? { plan: { ...plan, chapters: plan.chapters.map(({ title }) => ({ title })) } } : {}),
        lacks_pictures: lacksPictures(session),
        ...(narration ? { narration } : {}),
        // Stories from before usage was counted have no rows.
        ...(used?.length ? { usage: usageOf(sumOf(used)) } : {}),
        ...(link_token === undefined ? {} : { link_token }),
    };
}

/** Signed URLs of the pictures in the order of the chapters, each valid for an hour. */
export async function imageUrls(session: Session, sessions: SessionStore): Promise<string[]> {
    return Promise.all((session.illustrations ?? []).map(({ key }) => sessions.objects.sign(key)));
}
