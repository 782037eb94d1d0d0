/** Single parts of a finished story made again, each by its own function. */
import { extname } from "node:path/posix";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { printable } from "../agents/writer.ts";
import { HttpError } from "../answers.ts";
import type { Service } from "../service.ts";
import { imageFolder } from "../sessions.ts";
import type { Line } from "../story.ts";
import { FunctionError } from "../tools/story-functions.ts";
import type { Caller, Toolbox } from "../tools/toolbox.ts";
import type { Session } from "./session.ts";

/** Makes segment `number` anew: segments are the lines, counted over the whole story from 1. */
export async function regenerateSegment(
    service: Service,
    session: Session,
    caller: Caller,
    number: number,
    wish: string,
    signal: AbortSignal,
): Promise<Line> {
    const chapters = session.chapters ?? [];
    const line = chapters.flatMap((chapter) => chapter.lines)[number - 1];
    if (!line) {
        throw new HttpError(404, "Not found", "There is no such segment in this story.");
    }
    const text = await asked(service, caller, signal, (tools) =>
        tools.newSegment(session.session_id, chapters, number, wish),
    );
    line.text = printable(text ?? "") || line.text;
    await service.sessions.save(session);
    return line;
}

/** Makes picture `number` (from 1) anew: the new picture's address, good for an hour. */
export async function regenerateImage(
    service: Service,
    session: Session,
    caller: Caller,
    number: number,
    wish: string,
    signal: AbortSignal,
): Promise<string> {
    const picture = session.illustrations?.[number - 1];
    if (!picture) {
        throw new HttpError(404, "Not found", "There is no such picture in this story.");
    }
    const original = await inImageFolder(service, session, picture.key, number);
    picture.key = await asked(service, caller, signal, (tools) => tools.newImage(session.session_id, original, wish));
    await service.sessions.save(session);
    return service.sessions.objects.sign(picture.key);
}

/** The picture where the image function may read it: those of the earlier service lie elsewhere. */
async function inImageFolder({ sessions }: Service, session: Session, key: string, number: number): Promise<string> {
    const folder = imageFolder(session.user_id, session.session_id);
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
    [422, "The model refuses this content. Change the request and try again."],
    [429, "There is too much to do. Try again in a moment."],
    [504, "It took too long. Try again."],
]);

/** The function's own refusal reaches the caller in words of ours; anything else is a bad gateway. */
async function asked<T>(
    service: Service,
    caller: Caller,
    signal: AbortSignal,
    use: (tools: Toolbox) => Promise<T>,
): Promise<T> {
    try {
        return await use(service.tools.forRun(caller, signal, () => undefined));
    } catch (error) {
        if (error instanceof FunctionError) {
            const known = REFUSALS.get(error.status);
            throw new HttpError(
                known ? (error.status as ContentfulStatusCode) : 502,
                "Not made",
                known ?? "It could not be made. Try again.",
                { cause: error },
            );
        }
        throw error;
    }
}
