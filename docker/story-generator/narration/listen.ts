/** A narration in its formats: HLS segments, one MP3, or the WAV. */

import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { readAll } from "../objects.ts";
import { playlistOf, segmentNumber, withRelativeNames } from "./hls.ts";
import { type Segment, segmentHead, segmentsIn, segmentTail, toMp3 } from "./mp3.ts";
import { type NarrationFiles, type NarrationRecord, WAV_HEAD_BYTES } from "./record.ts";
import { isDone, playable } from "./speak.ts";
import { wavHead } from "./wav.ts";

/** The segments of each MP3. Key and narration secret together identify an immutable file. */
const segmentCache = new LRUCache<string, Segment[]>({ max: 200 });
/** Conversions from WAV to MP3 that are running, and their concurrency. */
const conversions = new Map<string, Promise<void>>();
const limit = pLimit(2);

/** The playlist of the segments so far; undefined before the first segment. */
export async function playlist(files: NarrationFiles, record: NarrationRecord): Promise<string | undefined> {
    const old = await oldPlaylist(files, record);
    if (old) {
        return withRelativeNames(old);
    }
    const segments = await segmentsFor(files, record);
    return segments.length > 0 ? playlistOf(segments, record.status === "ready") : undefined;
}

/** One segment by its name, with its media type; undefined when it does not exist. */
export async function segment(
    files: NarrationFiles,
    record: NarrationRecord,
    name: string,
): Promise<{ bytes: Buffer; type: string } | undefined> {
    const oldKey = record.found?.playlist;
    if (oldKey) {
        const bytes = await files.objects.read(oldKey.replace(/[^/]+$/, name));
        return bytes && { bytes, type: "video/mp2t" };
    }
    const found = (await segmentsFor(files, record))[segmentNumber(name) ?? -1];
    if (!found) {
        return undefined;
    }
    const { key, start, end } = found;
    const voice = start < end ? await files.objects.readRange(key, start, end - 1).then(readAll) : Buffer.alloc(0);
    return { bytes: Buffer.concat([segmentHead(found), voice, segmentTail(found)]), type: "audio/mpeg" };
}

/** The whole narration as one MP3: its key and size. If only a WAV exists, the first request converts it. */
export async function wholeMp3(
    files: NarrationFiles,
    record: NarrationRecord,
): Promise<{ key: string; bytes: number } | undefined> {
    const { audio, found } = record;
    if (record.status !== "ready" || !audio) {
        return undefined;
    }
    if (found?.type === "mp3" && found.key) {
        return { key: found.key, bytes: audio.bytes };
    }
    const { mp3Key: key } = files;
    if ((await files.mp3Bytes()) === undefined) {
        const wavKey = found?.key ?? files.audioKey;
        const work = conversions.get(key) ?? limit(() => makeMp3(files, wavKey)).finally(() => conversions.delete(key));
        conversions.set(key, work);
        await work;
    }
    return { key, bytes: (await files.mp3Bytes()) ?? 0 };
}

/** The whole narration in its original format: its key, size and type. */
export function whole(files: NarrationFiles, { status, audio, found }: NarrationRecord) {
    const key = found ? found.key : files.audioKey;
    return status === "ready" && audio && key
        ? { key, bytes: audio.bytes, type: found?.type ?? ("wav" as const) }
        : undefined;
}

async function segmentsFor(files: NarrationFiles, record: NarrationRecord): Promise<Segment[]> {
    const spoken = record.pieces.length > 0 ? await files.spoken() : undefined;
    // The pieces of a narration of an earlier version have no MP3s, and so no segments.
    if (spoken && (record.status !== "ready" || record.pieces.every((piece) => isDone(spoken, piece)))) {
        return playable(files, record, spoken);
    }
    const file = await wholeMp3(files, record);
    if (!file) {
        return [];
    }
    const name = `${file.key} ${record.ticket_secret}`;
    const segments =
        segmentCache.get(name) ?? segmentsIn(file.key, (await files.objects.read(file.key)) ?? Buffer.alloc(0));
    segmentCache.set(name, segments);
    return segments;
}

async function oldPlaylist(files: NarrationFiles, { found }: NarrationRecord): Promise<string | undefined> {
    return found?.playlist && (await files.objects.read(found.playlist))?.toString("utf8");
}

async function makeMp3(files: NarrationFiles, wavKey: string): Promise<void> {
    const { format, at, bytes } = wavHead(await files.objects.readStart(wavKey, WAV_HEAD_BYTES));
    const samples = await files.objects.readRange(wavKey, at, bytes === undefined ? undefined : at + bytes - 1);
    await files.objects.writeStream(files.mp3Key, toMp3(format, samples), "audio/mpeg", new AbortController().signal);
}
