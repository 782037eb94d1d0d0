/** Speaks the pieces of a narration and joins them into one file. */
import { setTimeout as wait } from "node:timers/promises";
import type { LimitFunction } from "p-limit";
import { SERVICES } from "../../../contract/usage.ts";
import { inSpan, modelCall, recordContent } from "../../shared/tracing.ts";
import { type TtsClient, TtsError } from "../../shared/tts.ts";
import { metered } from "../../shared/usage/meter.ts";
import { readAll } from "../objects.ts";
import { type Segment, segmentsOf, silence, toMp3 } from "./mp3.ts";
import type { NarrationFiles, NarrationRecord } from "./record.ts";
import { readWav, sameFormat, silenceBytes, soundingSeconds, WavError, type WavFormat, wavHeader } from "./wav.ts";

const MAX_ATTEMPTS = 3;
const MAX_WAIT_MS = 10_000;
/** Size of the header of the WAVs that are written here. */
export const HEADER_BYTES = 44;

type Spoken = Awaited<ReturnType<NarrationFiles["spoken"]>>;

/** Speaks the missing pieces. `onPiece` is called after each piece is stored. */
export async function speakAll(
    tts: TtsClient,
    limit: LimitFunction,
    files: NarrationFiles,
    record: NarrationRecord,
    key: string,
    signal: AbortSignal,
    onPiece: (done: number, spoken: Spoken) => Promise<void>,
): Promise<void> {
    const spoken = await files.spoken();
    const missing = [...new Map(record.pieces.map((piece) => [piece.id, piece])).values()].filter(
        (piece) => !isDone(spoken, piece),
    );
    const countDone = () => record.pieces.filter((piece) => isDone(spoken, piece)).length;
    await onPiece(countDone(), spoken);
    // One failure ends the work and aborts the other pieces.
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const work = missing.map((piece) =>
        limit(async () => {
            either.throwIfAborted();
            const wav = spoken.has(piece.id)
                ? await bytesOf(files, piece.id, "wav", either)
                : await speakPiece(tts, piece, key, either);
            const { format, samples } = readWav(wav);
            const mp3 = await readAll(toMp3(format, [samples]));
            await files.objects.write(files.pieceKey(piece.id, "wav"), wav, "audio/wav");
            await files.objects.write(files.pieceKey(piece.id, "mp3"), mp3, "audio/mpeg");
            spoken.set(piece.id, { wav: wav.length, mp3: mp3.length });
            await onPiece(countDone(), spoken);
        }),
    );
    try {
        await Promise.all(work);
    } catch (error) {
        failed.abort();
        await Promise.allSettled(work);
        throw error;
    }
}

async function speakPiece(
    tts: TtsClient,
    piece: { text: string; voice: string },
    key: string,
    signal: AbortSignal,
): Promise<Buffer> {
    const { name, options } = modelCall("tech42.tts", "generate_content", undefined, {
        "gen_ai.output.type": "speech",
        "story42.speech.characters": piece.text.length,
    });
    for (let attempt = 1; ; attempt += 1) {
        try {
            const { format, samples } = await inSpan(name, options, (span) => {
                recordContent(span, () => ({ "input.messages": piece.text }));
                return metered(
                    SERVICES.speech,
                    async () => readWav(await tts.speak(piece.text, piece.voice, key, signal)),
                    (wav) => ({ speech_ms: Math.round(soundingSeconds(wav.format, wav.samples.length) * 1_000) }),
                );
            });
            return Buffer.concat([wavHeader(format, samples.length), samples]);
        } catch (error) {
            signal.throwIfAborted();
            if (attempt >= MAX_ATTEMPTS || !isRetryable(error)) {
                throw error;
            }
            const retryAfterMs = error instanceof TtsError && error.retryAfter ? error.retryAfter * 1000 : 0;
            await wait(Math.min(Math.max(retryAfterMs, 250 * 2 ** attempt), MAX_WAIT_MS), undefined, { signal });
        }
    }
}

function isRetryable(error: unknown): boolean {
    if (error instanceof TtsError) {
        return error.status === undefined || error.status === 429 || error.status >= 500;
    }
    return error instanceof WavError;
}

/** Whether a piece exists as WAV and MP3. */
export const isDone = (spoken: Spoken, { id }: { id: string }) => spoken.get(id)?.mp3 !== undefined;

/** The segments of the pieces that are spoken without a gap from the beginning. */
export function playable(files: NarrationFiles, { pieces }: NarrationRecord, spoken: Spoken): Segment[] {
    const gap = pieces.findIndex((piece) => !isDone(spoken, piece));
    const whole = gap < 0 ? pieces : pieces.slice(0, gap);
    return segmentsOf(
        whole.map(({ id, pause }) => ({ key: files.pieceKey(id, "mp3"), bytes: spoken.get(id)?.mp3 ?? 0, pause })),
    );
}

/** Joins the spoken pieces with their pauses, one piece in memory at a time; returns size and duration. */
export async function join(
    files: NarrationFiles,
    record: NarrationRecord,
    signal: AbortSignal,
): Promise<{ bytes: number; seconds: number }> {
    const sizes = await files.spoken();
    const format = await formatOf(files, record.pieces[0]?.id ?? "", signal);
    const dataBytes = record.pieces.reduce(
        (sum, { id, pause }) => sum + (sizes.get(id)?.wav ?? HEADER_BYTES) - HEADER_BYTES + silenceBytes(format, pause),
        0,
    );
    async function* parts() {
        yield wavHeader(format, dataBytes);
        for (const { id, pause } of record.pieces) {
            signal.throwIfAborted();
            const piece = readWav(await bytesOf(files, id, "wav", signal));
            if (!sameFormat(format, piece.format)) {
                throw new WavError("the voices come in different sample formats");
            }
            yield piece.samples;
            yield Buffer.alloc(silenceBytes(format, pause));
        }
    }
    async function* mp3Parts() {
        for (const { id, pause } of record.pieces) {
            signal.throwIfAborted();
            yield await bytesOf(files, id, "mp3", signal);
            yield silence(pause);
        }
    }
    await files.objects.writeStream(files.mp3Key, mp3Parts(), "audio/mpeg", signal);
    await files.objects.writeStream(files.audioKey, parts(), "audio/wav", signal);
    return { bytes: HEADER_BYTES + dataBytes, seconds: soundingSeconds(format, dataBytes) };
}

async function formatOf(files: NarrationFiles, id: string, signal: AbortSignal): Promise<WavFormat> {
    return readWav(await bytesOf(files, id, "wav", signal)).format;
}

async function bytesOf(files: NarrationFiles, id: string, type: "wav" | "mp3", signal: AbortSignal): Promise<Buffer> {
    const bytes = await files.objects.read(files.pieceKey(id, type), signal);
    if (!bytes) {
        throw new Error("a piece of the narration is gone from the bucket");
    }
    return bytes;
}
