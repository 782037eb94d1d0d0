/** Regenerates single parts of a finished story, each with its own function. */
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
 * Regenerates segment `number`: segments are the lines, counted over the whole story from 1. The result is put into the then
 * current story. The work continues when the client disconnects, since the call is paid for. Throws HttpError or StoryGone.
 */
export async function regenerateSegment(
    service: Service,
    story: Story,
    caller: Caller,
    number: number,
    wish: string,
): Promise<Line> {
    const chapters = (await finished(service, story)).chapters ?? [];
    assertExists(lineIn(chapters, number), "segment");
    const text = await callTools(service, caller, story.work, (tools) =>
        tools.newSegment(story.id, chapters, number, wish),
    );
    return service.sessions.edit(caller.userId, story.id, (fresh) => {
        const line = assertExists(lineIn(fresh.chapters ?? [], number), "segment");
        line.text = printable(text ?? "") || line.text;
        return line;
    });
}

/** Regenerates picture `number` (from 1) in the same way; returns the new picture's address, valid for an hour. */
export async function regenerateImage(
    service: Service,
    story: Story,
    caller: Caller,
    number: number,
    wish: string,
): Promise<string> {
    const session = await finished(service, story);
    const picture = assertExists(session.illustrations?.[number - 1], "picture");
    const original = await inImageFolder(service, session, picture.key, number);
    const key = await callTools(service, caller, story.work, (tools) => tools.newImage(story.id, original, wish));
    await service.sessions.edit(caller.userId, story.id, (fresh) => {
        assertExists(fresh.illustrations?.[number - 1], "picture").key = key;
    });
    return service.sessions.objects.sign(key);
}

/** A story with the work that holds it. */
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

function assertExists<Part>(part: Part | undefined, what: string): Part {
    if (part === undefined) {
        throw new HttpError(404, "Not found", `There is no such ${what} in this story.`);
    }
    return part;
}

/** The picture's key in the folder that the image function may read; pictures of the earlier service are copied there. */
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

/** Calls a function; translates its refusals into our own messages, and any other failure into 502. */
async function callTools<T>(
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
