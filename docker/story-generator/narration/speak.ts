/** Speaks the pieces of a narration and joins them into one file. */
import { setTimeout as wait } from "node:timers/promises";
import type { LimitFunction } from "p-limit";
import { type TtsClient, TtsError } from "../../shared/tts.ts";
import type { NarrationFiles, NarrationRecord } from "./record.ts";
import { readWav, sameFormat, silenceBytes, soundingSeconds, WavError, type WavFormat, wavHeader } from "./wav.ts";

const ATTEMPTS = 3;
const LONGEST_WAIT_MS = 10_000;
const HEADER_BYTES = 44;

/** Speaks what is not spoken yet. `onPiece` is called after each one is stored. */
export async function speakAll(
    tts: TtsClient,
    limit: LimitFunction,
    files: NarrationFiles,
    record: NarrationRecord,
    key: string,
    signal: AbortSignal,
    onPiece: (done: number) => Promise<void>,
): Promise<void> {
    const spoken = new Set((await files.spoken()).keys());
    const missing = [...new Map(record.pieces.map((piece) => [piece.id, piece])).values()].filter(
        (piece) => !spoken.has(piece.id),
    );
    const countDone = () => record.pieces.filter((piece) => spoken.has(piece.id)).length;
    await onPiece(countDone());
    // One failure ends the work; the pieces that are under way are let go.
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const work = missing.map((piece) =>
        limit(async () => {
            either.throwIfAborted();
            const wav = await speakPiece(tts, piece, key, either);
            await files.objects.write(files.pieceKey(piece.id), wav, "audio/wav");
            spoken.add(piece.id);
            await onPiece(countDone());
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
    for (let attempt = 1; ; attempt += 1) {
        try {
            const { format, samples } = readWav(await tts.speak(piece.text, piece.voice, key, signal));
            return Buffer.concat([wavHeader(format, samples.length), samples]);
        } catch (error) {
            signal.throwIfAborted();
            if (attempt >= ATTEMPTS || !isWorthAnotherTry(error)) {
                throw error;
            }
            const asked = error instanceof TtsError && error.retryAfter ? error.retryAfter * 1000 : 0;
            await wait(Math.min(Math.max(asked, 250 * 2 ** attempt), LONGEST_WAIT_MS), undefined, { signal });
        }
    }
}

function isWorthAnotherTry(error: unknown): boolean {
    if (error instanceof TtsError) {
        return error.status === undefined || error.status === 429 || error.status >= 500;
    }
    return error instanceof WavError;
}

/** Joins the spoken pieces with their pauses, one piece in memory at a time, and says how long the result is. */
export async function join(
    files: NarrationFiles,
    record: NarrationRecord,
    signal: AbortSignal,
): Promise<{ bytes: number; seconds: number }> {
    const sizes = await files.spoken();
    const format = await formatOf(files, record.pieces[0]?.id ?? "", signal);
    const dataBytes = record.pieces.reduce(
        (sum, { id, pause }) => sum + (sizes.get(id) ?? HEADER_BYTES) - HEADER_BYTES + silenceBytes(format, pause),
        0,
    );
    async function* parts() {
        yield wavHeader(format, dataBytes);
        for (const { id, pause } of record.pieces) {
            signal.throwIfAborted();
            const piece = readWav(await bytesOf(files, id, signal));
            if (!sameFormat(format, piece.format)) {
                throw new WavError("the voices come in different sample formats");
            }
            yield piece.samples;
            yield Buffer.alloc(silenceBytes(format, pause));
        }
    }
    await files.objects.writeStream(files.audioKey, parts(), "audio/wav", signal);
    return { bytes: HEADER_BYTES + dataBytes, seconds: soundingSeconds(format, dataBytes) };
}

async function formatOf(files: NarrationFiles, id: string, signal: AbortSignal): Promise<WavFormat> {
    return readWav(await bytesOf(files, id, signal)).format;
}

async function bytesOf(files: NarrationFiles, id: string, signal: AbortSignal): Promise<Buffer> {
    const bytes = await files.objects.read(files.pieceKey(id), signal);
    if (!bytes) {
        throw new Error("a piece of the narration is gone from the bucket");
    }
    return bytes;
}
