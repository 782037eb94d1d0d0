/** MP3: encoded from WAV samples by LAME (compiled to WebAssembly), and cut into HLS segments. */
import { setImmediate as turn } from "node:timers/promises";
import { createMp3Encoder } from "wasm-media-encoders";
import { type WavFormat, wholeFrames } from "./wav.ts";

/** The encoder's format: one channel at a constant bit rate, so all frames have equal size and duration. */
const ENCODING = { sampleRate: 24_000, kilobits: 48 } as const;
/** A frame of MPEG-2 layer III has 576 samples, 72 bits for each kilobit. */
const FRAME_BYTES = (72 * ENCODING.kilobits * 1000) / ENCODING.sampleRate;
export const FRAME_SECONDS = 576 / ENCODING.sampleRate;
/** A silent frame: the header (MPEG-2 layer III, 48 kbit/s, 24 kHz, mono) and zeros. */
const SILENT_FRAME = Buffer.concat([Buffer.from("fff364c4", "hex"), Buffer.alloc(FRAME_BYTES - 4)]);

/** Six seconds, as Apple's HLS authoring specification recommends. */
export const SEGMENT_SECONDS = 6;

/** A part of a stream: bytes of an object, followed by frames of silence. */
export interface Segment {
    key: string;
    start: number;
    /** Exclusive end of the bytes. */
    end: number;
    silentFrames: number;
    /** The segment's start in the narration, in seconds. */
    at: number;
    seconds: number;
}

/** An MP3 in the encoder's format, and the seconds of silence after it. */
export interface Track {
    key: string;
    bytes: number;
    pause: number;
}

/** Encodes `samples` as MP3 while they arrive; yields to the event loop between chunks. */
export async function* toMp3(
    format: WavFormat,
    samples: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
    const encoder = await createMp3Encoder();
    encoder.configure({
        channels: 1,
        sampleRate: format.sampleRate,
        bitrate: ENCODING.kilobits,
        outputSampleRate: ENCODING.sampleRate,
    });
    let rest: Buffer = Buffer.alloc(0);
    for await (const part of samples) {
        const bytes = rest.length > 0 ? Buffer.concat([rest, part]) : part;
        const whole = wholeFrames(format, bytes);
        rest = bytes.subarray(whole.length);
        // Encodes one second at a time, which takes LAME a few milliseconds.
        const second = format.sampleRate * format.channels * 2;
        for (let at = 0; at < whole.length; at += second) {
            yield Buffer.from(encoder.encode([mono(format, whole.subarray(at, at + second))]));
            await turn();
        }
    }
    yield Buffer.from(encoder.finalize());
}

function mono({ channels }: WavFormat, samples: Buffer): Float32Array {
    const mixed = new Float32Array(samples.length / 2 / channels);
    for (let at = 0; at < mixed.length; at += 1) {
        let sum = 0;
        for (let channel = 0; channel < channels; channel += 1) {
            sum += samples.readInt16LE((at * channels + channel) * 2);
        }
        mixed[at] = sum / channels / 32_768;
    }
    return mixed;
}

/** Silence of about `seconds`. */
export const silence = (seconds: number) => silentFrames(Math.round(seconds / FRAME_SECONDS));

const silentFrames = (count: number) => Buffer.concat(Array.from({ length: count }, () => SILENT_FRAME));

/** The segments of consecutive tracks. */
export function segmentsOf(tracks: Track[]): Segment[] {
    const longest = Math.round(SEGMENT_SECONDS / FRAME_SECONDS);
    let before = 0;
    return tracks.flatMap(({ key, bytes, pause }) => {
        const spoken = Math.floor(bytes / FRAME_BYTES);
        const all = spoken + Math.round(pause / FRAME_SECONDS);
        const begin = before;
        before += all;
        return Array.from({ length: Math.ceil(all / longest) }, (_, number) => {
            const from = number * longest;
            const to = Math.min(all, from + longest);
            const start = Math.min(from, spoken);
            const end = Math.min(to, spoken);
            return {
                key,
                start: start * FRAME_BYTES,
                end: end * FRAME_BYTES,
                silentFrames: to - from - (end - start),
                at: (begin + from) * FRAME_SECONDS,
                seconds: (to - from) * FRAME_SECONDS,
            };
        });
    });
}

/** The end of the last segment, in seconds. */
export function endOf(segments: Segment[]): number {
    const last = segments.at(-1);
    return last ? last.at + last.seconds : 0;
}

/** The segments of an MP3 of any encoder. */
export function segmentsIn(key: string, file: Buffer): Segment[] {
    const segments: Segment[] = [];
    let open: Segment | undefined;
    for (const { start, end, seconds } of framesIn(file)) {
        // Half a frame of tolerance: rounding must not put the last frame of six seconds into a segment of its own.
        if (!open || open.seconds + seconds > SEGMENT_SECONDS + seconds / 2) {
            open = { key, start, end, silentFrames: 0, at: endOf(segments), seconds: 0 };
            segments.push(open);
        }
        open.end = end;
        open.seconds += seconds;
    }
    return segments;
}

/** Bit rates and sampling rates of layer III by the version's two bits (ISO/IEC 11172-3 and 13818-3). */
const MPEG1 = {
    kilobits: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    sampleRates: [44_100, 48_000, 32_000],
    samples: 1152,
};
const LOWER = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const MPEG2 = { kilobits: LOWER, sampleRates: [22_050, 24_000, 16_000], samples: 576 };
const MPEG25 = { kilobits: LOWER, sampleRates: [11_025, 12_000, 8_000], samples: 576 };
const VERSIONS = [MPEG25, undefined, MPEG2, MPEG1];

function* framesIn(file: Buffer): Generator<{ start: number; end: number; seconds: number }> {
    let at = id3Bytes(file);
    while (at + 4 <= file.length) {
        const frame = frameAt(file, at);
        if (frame && at + frame.bytes <= file.length) {
            yield { start: at, end: at + frame.bytes, seconds: frame.seconds };
        }
        at += frame?.bytes ?? 1;
    }
}

function frameAt(file: Buffer, at: number): { bytes: number; seconds: number } | undefined {
    const head = file.readUInt32BE(at);
    const version = VERSIONS[(head >>> 19) & 3];
    const kilobits = version?.kilobits[(head >>> 12) & 15];
    const sampleRate = version?.sampleRates[(head >>> 10) & 3];
    const isLayer3 = head >>> 21 === 0x7ff && ((head >>> 17) & 3) === 1;
    if (!isLayer3 || !version || !kilobits || !sampleRate) {
        return undefined;
    }
    const padding = (head >>> 9) & 1;
    const bytes = Math.floor(((version.samples / 8) * kilobits * 1000) / sampleRate) + padding;
    return { bytes, seconds: version.samples / sampleRate };
}

function id3Bytes(file: Buffer): number {
    if (file.toString("latin1", 0, 3) !== "ID3" || file.length < 10) {
        return 0;
    }
    return [6, 7, 8, 9].reduce((size, at) => size * 128 + file.readUInt8(at), 0) + 10;
}

/** The ID3 tag before a packed segment: its timestamp, which a player needs (RFC 8216, section 3.4). */
export function segmentHead({ at }: Segment): Buffer {
    const owner = Buffer.from("com.apple.streaming.transportStreamTimestamp\0", "latin1");
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(Math.round(at * 90_000)) % 2n ** 33n);
    const frame = Buffer.alloc(10);
    frame.write("PRIV", "latin1");
    frame.writeUInt8(owner.length + time.length, 7);
    const tag = Buffer.alloc(10);
    tag.write("ID3\x04", "latin1");
    tag.writeUInt8(frame.length + owner.length + time.length, 9);
    return Buffer.concat([tag, frame, owner, time]);
}

export const segmentTail = (segment: Segment) => silentFrames(segment.silentFrames);
