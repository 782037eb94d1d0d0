/** Single parts of a finished story made again, each by its own function. */
import { extname } from "node:path/posix";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { printable } from "../../../contract/printable.ts";
import { jobPrefix } from "../../shared/userKeys.ts";
import type { Caller } from "../access.ts";
import { HttpError } from "../responses.ts";
import type { Service } from "../service.ts";
import { StoryGone } from "../sessions.ts";
import type { Chapter, Line } from "../story.ts";
import { FunctionError } from "../tools/storyFunctions.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { Work } from "../works/works.ts";
import type { Session } from "./session.ts";

/**
 * Makes segment `number` anew: segments are the lines, counted over the whole story from 1. It is put into the story as that
 * stands by then, and goes on when the client leaves, since it is paid for. Throws HttpError or StoryGone.
 */
export async function regenerateSegment(
    service: Service,
    story: Story,
    caller: Caller,
    number: number,
    wish: string,
): Promise<Line> {
    const chapters = (await finished(service, story)).chapters ?? [];
    assertThere(lineIn(chapters, number), "segment");
    const text = await asked(service, caller, story.work, (tools) =>
        tools.newSegment(story.id, chapters, number, wish),
    );
    return service.sessions.edit(caller.userId, story.id, (fresh) => {
        const line = assertThere(lineIn(fresh.chapters ?? [], number), "segment");
        line.text = printable(text ?? "") || line.text;
        return line;
    });
}

/** Makes picture `number` (from 1) anew, as a segment is: the new picture's address, good for an hour. */
export async function regenerateImage(
    service: Service,
    story: Story,
    caller: Caller,
    number: number,
    wish: string,
): Promise<string> {
    const session = await finished(service, story);
    const picture = assertThere(session.illustrations?.[number - 1], "picture");
    const original = await inImageFolder(service, session, picture.key, number);
    const key = await asked(service, caller, story.work, (tools) => tools.newImage(story.id, original, wish));
    await service.sessions.edit(caller.userId, story.id, (fresh) => {
        assertThere(fresh.illustrations?.[number - 1], "picture").key = key;
    });
    return service.sessions.objects.sign(key);
}

/** A story that a work holds. */
export interface Story {
    id: string;
    work: Work;
}

async function finished({ sessions }: Service, { id, work }: Story): Promise<Session> {
    const session = await sessions.load(work.userId, id);
    if (!session) {
        throw new StoryGone();
    }
    if (session.status !== "completed") {
        throw new HttpError(409, "Not finished", "Parts of a story can be changed once it is finished.");
    }
    return session;
}

const lineIn = (chapters: Chapter[], number: number) => chapters.flatMap((chapter) => chapter.lines)[number - 1];

function assertThere<Part>(part: Part | undefined, what: string): Part {
    if (part === undefined) {
        throw new HttpError(404, "Not found", `There is no such ${what} in this story.`);
    }
    return part;
}

/** The picture where the image function may read it: those of the earlier service lie elsewhere. */
async function inImageFolder({ sessions }: Service, session: Session, key: string, number: number): Promise<string> {
    const folder = jobPrefix(session.user_id, session.session_id);
    if (key.startsWith(folder)) {
        return key;
    }
    const bytes = await sessions.objects.read(key);
    if (!bytes) {
        throw new HttpError(404, "Not found", "There is no such picture in this story.");
    }
    const copy = `${folder}segment_${number}${extname(key)}`;
    await sessions.objects.write(copy, bytes, /png$/i.test(key) ? "image/png" : "image/jpeg");
    return copy;
}

const REFUSALS = new Map<number | undefined, string>([
    [422, "The model declined this request. Change it and try again."],
    [429, "The service is busy. Try again in a moment."],
    [504, "It took too long. Try again."],
]);

/** The function's own refusal reaches the caller in words of ours; anything else is a bad gateway. */
async function asked<T>(
    service: Service,
    caller: Caller,
    { signal, keep }: Work,
    use: (tools: Toolbox) => Promise<T>,
): Promise<T> {
    await service.usage?.bounded.assertMay(caller);
    try {
        return await use(service.tools.forRun(caller, signal, () => undefined, keep));
    } catch (error) {
        if (error instanceof FunctionError) {
            const known = REFUSALS.get(error.status);
            throw new HttpError(
                known ? (error.status as ContentfulStatusCode) : 502,
                "Not made",
                known ?? "That could not be done. Try again.",
                { cause: error },
            );
        }
        throw error;
    }
}
