/** The narration of a story: start it, watch it, listen to it, start over. */
import { Readable } from "node:stream";
import { type Context, Hono } from "hono";
import { narrationBody } from "../../../contract/agentRoutes.ts";
import { type Access, callerOf } from "../access.ts";
import { dealt } from "../agents/voice.ts";
import { answer, bodyAs, HttpError, notFound } from "../answers.ts";
import { NarrationUnavailable, TooManyNarrations } from "../narration/narrator.ts";
import { parseRange } from "../narration/range.ts";
import type { NarrationFiles, NarrationRecord } from "../narration/record.ts";
import { cut, PLAIN_PAUSES } from "../narration/script.ts";
import { issueTicket, isValidTicket, ticketHolder } from "../narration/ticket.ts";
import { storyOf } from "../pipeline/session.ts";
import type { Service } from "../service.ts";
import { isSessionId, isUserId } from "../sessions.ts";
import { NARRATOR, speakersOf } from "../story.ts";

export function audioRoutes(service: Service): Hono<Access> {
    const routes = new Hono<Access>();

    routes.post("/generate/:id", async (context) => {
        const { id, userId, files } = place(context, service);
        const body = await bodyAs(context, narrationBody);
        const session = await service.sessions.load(userId, id);
        const story = session && storyOf(session);
        if (!session) {
            throw notFound();
        }
        if (!story || session.status !== "completed") {
            throw new HttpError(409, "Not finished", "The story is still being made; narrate it when it is finished.");
        }
        const choices = await service.sessions.loadChoices(userId, id);
        const { defaultVoice } = service.settings.tts;
        const script = {
            pieces: cut(story),
            voices: {
                ...(session.voices ?? dealt(speakersOf(story), [], defaultVoice)),
                ...(choices.narrator_id ? { [NARRATOR]: choices.narrator_id } : {}),
                ...body.speaker_voice_overrides,
            },
            pauses: session.narration?.pauses ?? PLAIN_PAUSES,
        };
        const { started, record } = await startNarration(service, files, script, {
            key: ownKey(context),
            again: body.force_regenerate === true,
        });
        return answer(context, record.message, {
            status: started ? "started" : record.status,
            ...view(record, userId, id),
        });
    });

    routes.get("/status/:id", async (context) => {
        const { id, userId, files } = place(context, service);
        const record = await service.narrator.watch(files, ownKey(context));
        if (record) {
            return answer(context, record.message, { status: record.status, ...view(record, userId, id) });
        }
        if (!(await service.sessions.load(userId, id))) {
            throw notFound();
        }
        return answer(context, "There is no narration yet.", { status: "not_generated", session_id: id, progress: 0 });
    });

    routes.post("/reset/:id", async (context) => {
        const { id, userId, files } = place(context, service);
        if (!(await service.sessions.load(userId, id))) {
            throw notFound();
        }
        await service.narrator.reset(files);
        return answer(context, "The narration is removed.", { status: "reset", session_id: id });
    });

    routes.get("/voices", async (context) => {
        const voices = await service.narrator.voices(ownKey(context), context.req.raw.signal).catch(speechDown);
        return answer(context, voices ? "Voices loaded" : "There is no key for the TTS API.", {
            voices: voices ?? [],
            key_required: voices === undefined,
        });
    });

    return routes;
}

/** The audio itself, for a token or for a ticket in the address, since an audio element sends no token. */
export function audioStream(service: Service) {
    return async (context: Context<Access>): Promise<Response> => {
        const id = context.req.param("id") ?? "";
        const ticket = context.req.query("ticket");
        const userId = ticket === undefined ? callerOf(context).userId : ticketHolder(ticket);
        if (!isSessionId(id) || !userId || !isUserId(userId)) {
            throw notFound();
        }
        const files = service.sessions.narrationFiles(userId, id);
        const record = await files.load();
        if (ticket !== undefined && !isValidTicket(record?.ticket_secret ?? "", ticket, id)) {
            throw new HttpError(403, "Forbidden", "The ticket of this address is not valid (any more).");
        }
        if (record?.status !== "ready" || !record.audio) {
            throw new HttpError(404, "Not found", "There is no narration to listen to (yet).");
        }
        return rangeAnswer(context, files, record.audio.bytes);
    };
}

async function rangeAnswer(context: Context, files: NarrationFiles, size: number): Promise<Response> {
    const range = parseRange(context.req.header("range"), size);
    context.header("Accept-Ranges", "bytes");
    context.header("Content-Type", "audio/wav");
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
    const bytes = await files.objects.readRange(files.audioKey, start, end, context.req.raw.signal);
    return context.body(Readable.toWeb(bytes) as ReadableStream);
}

/** Whose narration is asked for; the id names nothing outside the caller's own folder. */
function place(context: Context<Access>, service: Service) {
    const id = context.req.param("id") ?? "";
    if (!isSessionId(id)) {
        throw notFound();
    }
    const { userId } = callerOf(context);
    return { id, userId, files: service.sessions.narrationFiles(userId, id) };
}

async function startNarration(service: Service, ...given: Parameters<Service["narrator"]["start"]>) {
    try {
        return await service.narrator.start(...given);
    } catch (error) {
        if (error instanceof TooManyNarrations) {
            throw new HttpError(429, "Too many narrations", "Wait until one of your narrations is ready.", {
                headers: { "Retry-After": "30" },
            });
        }
        throw error instanceof NarrationUnavailable
            ? new HttpError(503, "Narration unavailable", error.message, { cause: error })
            : error;
    }
}

function speechDown(cause: unknown): never {
    throw new HttpError(502, "Bad gateway", "The text-to-speech API did not answer; try again in a moment.", { cause });
}

function ownKey(context: Context): string | undefined {
    const key = context.req.header("x-tech42-tts-key")?.trim();
    if (key && !/^[\x21-\x7e]{1,500}$/.test(key)) {
        throw new HttpError(400, "Bad request", "X-Tech42-TTS-Key: must be 1 to 500 printable characters");
    }
    return key || undefined;
}

function view(record: NarrationRecord, userId: string, id: string): Record<string, unknown> {
    const total = record.pieces.length;
    const isReady = record.status === "ready";
    return {
        session_id: id,
        message: record.message,
        progress: isReady ? 100 : Math.floor((record.done / Math.max(total, 1)) * 99),
        pieces_done: record.done,
        pieces_total: total,
        ...(isReady && record.audio
            ? {
                  url: `/api/v1/audio/stream/${id}?ticket=${issueTicket(record.ticket_secret, userId, id)}`,
                  duration_seconds: Math.round(record.audio.seconds * 10) / 10,
                  file_size_bytes: record.audio.bytes,
                  file_type: "wav",
              }
            : {}),
    };
}
