/** The routes of a story's narration: start, status, playback, reset. */

import { Readable } from "node:stream";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { pathOf } from "../../../contract/agentRoutes.ts";
import { NARRATOR } from "../../../contract/story.ts";
import { isUserId } from "../../../contract/userId.ts";
import { type Access, callerOf } from "../access.ts";
import { assignVoices } from "../agents/voice.ts";
import { segmentNumber } from "../narration/hls.ts";
import { playlist, segment, whole, wholeMp3 } from "../narration/listen.ts";
import { SEGMENT_SECONDS } from "../narration/mp3.ts";
import { NarrationUnavailable, NothingToNarrate } from "../narration/narrator.ts";
import { parseRange } from "../narration/range.ts";
import type { NarrationFiles, NarrationRecord } from "../narration/record.ts";
import { cut, PLAIN_PAUSES } from "../narration/script.ts";
import { issueTicket, isValidTicket, ticketHolder } from "../narration/ticket.ts";
import { timelineOf } from "../narration/timeline.ts";
import { storyOf } from "../pipeline/session.ts";
import { HttpError, notFound, success } from "../responses.ts";
import type { Service } from "../service.ts";
import { isSessionId } from "../sessions.ts";
import { speakersOf } from "../story.ts";
import type { SomeHandlers } from "./serve.ts";

export function audioRoutes(service: Service) {
    return {
        async narrate(context, read) {
            const { id, userId, files } = ownNarration(context, service);
            const body = await read();
            const session = await service.sessions.load(userId, id);
            const story = session && storyOf(session);
            if (!session) {
                throw notFound();
            }
            if (!story || session.status !== "completed") {
                throw new HttpError(
                    409,
                    "Not finished",
                    "The story is still being made; narrate it when it is finished.",
                );
            }
            const choices = await service.sessions.loadChoices(userId, id);
            const { defaultVoice } = service.settings.tts;
            const script = {
                pieces: cut(story),
                voices: {
                    ...(session.voices ?? assignVoices(speakersOf(story), [], defaultVoice)),
                    ...(choices.narrator_id ? { [NARRATOR]: choices.narrator_id } : {}),
                    ...body.speaker_voice_overrides,
                },
                pauses: session.narration?.pauses ?? PLAIN_PAUSES,
                asCast: Object.keys(body.speaker_voice_overrides ?? {}).length === 0,
            };
            const key = ownKey(context, body.tech42_tts_api_key ?? body.tech42_tts_key);
            if (key === undefined) {
                await service.usage?.bounded.assertMay(callerOf(context));
            }
            const { started, record } = await startNarration(service, files, script, {
                key,
                again: body.force_regenerate === true,
            });
            setTicketCookie(context, record, userId, id);
            return success(context, record.message, {
                status: started ? "started" : record.status,
                ...(await view(files, record)),
            });
        },

        async narrationStatus(context) {
            const { id, userId, files } = ownNarration(context, service);
            const record = await service.narrator.watch(files, ownKey(context));
            if (record) {
                setTicketCookie(context, record, userId, id);
                return success(context, record.message, { status: record.status, ...(await view(files, record)) });
            }
            return success(context, "There is no narration yet.", {
                status: "not_generated",
                session_id: id,
                progress: 0,
                segments: 0,
            });
        },

        async resetNarration(context) {
            const { id, userId, files } = ownNarration(context, service);
            if (!(await service.sessions.load(userId, id))) {
                throw notFound();
            }
            await service.narrator.reset(files);
            return success(context, "The narration is removed.", { status: "reset", session_id: id });
        },

        async listVoices(context) {
            const voices = await service.narrator.voices(ownKey(context), context.req.raw.signal).catch(speechDown);
            return success(context, voices ? "Voices loaded" : "There is no key for the narration service.", {
                voices: voices ?? [],
                key_required: voices === undefined,
            });
        },

        /** The original file, for playback. */
        async streamNarration(context) {
            const { files, record } = await requestedNarration(context, service);
            const made = record && whole(files, record);
            if (!made) {
                throw new HttpError(404, "Not found", "This story has no narration yet.");
            }
            return rangeAnswer(context, files, { ...made, type: `audio/${made.type === "mp3" ? "mpeg" : "wav"}` });
        },

        /** An MP3 for download. */
        async downloadNarration(context) {
            const { id, files, record } = await requestedNarration(context, service);
            const file = record && (await wholeMp3(files, record));
            if (!file) {
                throw new HttpError(404, "Not found", "This story has no narration to download yet.");
            }
            context.header("Content-Disposition", `attachment; filename="story_${id}.mp3"`);
            return rangeAnswer(context, files, { ...file, type: "audio/mpeg" });
        },

        /** The HLS playlist, which grows while the narration is made. */
        async playNarration(context) {
            const { files, record } = await requestedNarration(context, service);
            return hlsAnswer(context, record && (await playlist(files, record)), {
                type: "application/vnd.apple.mpegurl",
                cache: "no-cache, no-store",
            });
        },

        async narrationSegment(context) {
            const name = context.req.param("file");
            if (segmentNumber(name) === undefined) {
                throw new HttpError(400, "Bad request", "file: must be stream.m3u8 or a segment that it names");
            }
            const { files, record } = await requestedNarration(context, service);
            const found = record && (await segment(files, record, name));
            return hlsAnswer(context, found?.bytes, { type: found?.type ?? "", cache: "private, no-cache" });
        },
    } satisfies SomeHandlers;
}

function hlsAnswer(
    context: Context,
    bytes: string | Uint8Array | undefined,
    { type, cache }: { type: string; cache: string },
): Response {
    if (!bytes) {
        throw new HttpError(404, "Not found", "This part of the narration is not recorded yet.");
    }
    context.header("Content-Type", type);
    context.header("Cache-Control", cache);
    return context.body(bytes as string | Uint8Array<ArrayBuffer>);
}

/** Requires a token or a ticket; players and links can't send headers, so a ticket is in the address or a cookie. */
export function userOrTicket(user: MiddlewareHandler<Access>): MiddlewareHandler<Access> {
    return (context, next) =>
        context.req.header("authorization") === undefined && ticketIn(context) !== undefined
            ? next()
            : user(context, next);
}

/** Sets a ticket cookie, with which the site's pages can play and download the narration for an hour without a token. */
function setTicketCookie(context: Context, { ticket_secret }: NarrationRecord, userId: string, id: string): void {
    setCookie(context, cookieOf(id), issueTicket(ticket_secret, userId, id), {
        path: "/api/v1/audio",
        httpOnly: true,
        secure: true,
        sameSite: "Lax",
        maxAge: 3600,
    });
}

const cookieOf = (id: string) => `narration_${id}`;

function ticketIn(context: Context): string | undefined {
    return context.req.query("ticket") ?? getCookie(context, cookieOf(context.req.param("id") ?? ""));
}

/** The requested narration, by token or by ticket. */
async function requestedNarration(context: Context<Access>, service: Service) {
    const id = context.req.param("id") ?? "";
    const known = context.get("caller") as Access["Variables"]["caller"] | undefined;
    const ticket = known ? undefined : ticketIn(context);
    const userId = known?.userId ?? ticketHolder(ticket ?? "");
    if (!isSessionId(id) || !userId || !isUserId(userId)) {
        throw notFound();
    }
    const files = service.sessions.narrationFiles(userId, id);
    // A ticket may name anybody: an unverified ticket must not cause a search or a write.
    const record = known ? await files.load() : await files.stored();
    if (ticket !== undefined && !(record && isValidTicket(record.ticket_secret, ticket, id))) {
        throw new HttpError(403, "Forbidden", "This link is not valid, or it has expired.");
    }
    return { id, files, record };
}

/** A file, or the requested range of it. */
export async function rangeAnswer(
    context: Context,
    files: NarrationFiles,
    { key, bytes: size, type }: { key: string; bytes: number; type: string },
): Promise<Response> {
    const range = parseRange(context.req.header("range"), size);
    context.header("Accept-Ranges", "bytes");
    context.header("Content-Type", type);
    context.header("Cache-Control", "private, no-cache");
    if (range.kind === "none") {
        context.header("Content-Range", `bytes */${size}`);
        throw new HttpError(416, "Range not satisfiable", `The audio has ${size} bytes.`);
    }
    const { start, end } = range.kind === "part" ? range : { start: 0, end: size - 1 };
    context.header("Content-Length", String(end - start + 1));
    if (range.kind === "part") {
        context.status(206);
        context.header("Content-Range", `bytes ${start}-${end}/${size}`);
    }
    if (context.req.method === "HEAD") {
        return context.body(null);
    }
    const bytes = await files.objects.readRange(key, start, end, context.req.raw.signal);
    return context.body(Readable.toWeb(bytes) as ReadableStream);
}

/** The requested narration; the id can't leave the caller's own folder. */
function ownNarration(context: Context<Access>, service: Service) {
    const id = context.req.param("id") ?? "";
    if (!isSessionId(id)) {
        throw notFound();
    }
    const { userId } = callerOf(context);
    return { id, userId, files: service.sessions.narrationFiles(userId, id) };
}

async function startNarration(service: Service, ...args: Parameters<Service["narrator"]["start"]>) {
    try {
        return await service.narrator.start(...args);
    } catch (error) {
        if (error instanceof NarrationUnavailable) {
            throw new HttpError(503, "Narration unavailable", error.message, { cause: error });
        }
        throw error instanceof NothingToNarrate ? notFound() : error;
    }
}

function speechDown(cause: unknown): never {
    throw new HttpError(502, "Bad gateway", "The narration service did not respond; try again in a moment.", { cause });
}

/** The caller's own key of the speech API: from the header, or, for earlier clients, `inBody`. */
function ownKey(context: Context, inBody?: string | null): string | undefined {
    const key = (context.req.header("x-tech42-tts-key") || inBody)?.trim();
    if (key && !/^[\x21-\x7e]{1,500}$/.test(key)) {
        throw new HttpError(400, "Bad request", "X-Tech42-TTS-Key: must be 1 to 500 printable characters");
    }
    return key || undefined;
}

async function view(files: NarrationFiles, record: NarrationRecord): Promise<Record<string, unknown>> {
    const { userId, sessionId: id } = files;
    const timeline = await timelineOf(files, record);
    const total = record.pieces.length;
    const isReady = record.status === "ready";
    const { audio, heard, found } = record;
    const seconds = audio?.seconds ?? heard?.seconds;
    return {
        session_id: id,
        message: record.message,
        progress: isReady ? 100 : Math.floor((record.done / Math.max(total, 1)) * 99),
        pieces_done: record.done,
        pieces_total: total,
        segments: heard?.segments ?? Math.ceil((seconds ?? 0) / SEGMENT_SECONDS),
        ...(seconds === undefined ? {} : { duration_seconds: Math.round(seconds * 10) / 10 }),
        ...(isReady && audio
            ? {
                  url: `${pathOf("streamNarration", { id })}?ticket=${issueTicket(record.ticket_secret, userId, id)}`,
                  file_size_bytes: audio.bytes,
                  file_type: found?.type ?? "wav",
              }
            : {}),
        ...(timeline ? { timeline } : {}),
    };
}
