/** The timeline of a narration. */
import type { NarrationFiles, NarrationRecord } from "./record.ts";
import { HEADER_BYTES } from "./speak.ts";

/** A speaker's text in the narration; both times in seconds. */
export interface Heard {
    at: number;
    seconds: number;
    speaker: string;
    text: string;
}

/** The pieces of a complete narration with their times; undefined without pieces, or when a piece is missing. */
export async function timelineOf(files: NarrationFiles, record: NarrationRecord): Promise<Heard[] | undefined> {
    const { audio, pieces } = record;
    if (record.status !== "ready" || !audio || pieces.length === 0) {
        return undefined;
    }
    const spoken = await files.spoken();
    const bytesPerSecond = (audio.bytes - HEADER_BYTES) / audio.seconds;
    const timeline: Heard[] = [];
    let at = 0;
    for (const { id, speaker, text, pause } of pieces) {
        const bytes = spoken.get(id)?.wav;
        if (bytes === undefined) {
            return undefined;
        }
        const seconds = (bytes - HEADER_BYTES) / bytesPerSecond;
        timeline.push({ at: inMilliseconds(at), seconds: inMilliseconds(seconds), speaker, text });
        at += seconds + pause;
    }
    return timeline;
}

const inMilliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;
