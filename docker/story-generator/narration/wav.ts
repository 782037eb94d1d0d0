/** WAV files of the speech API: 16-bit PCM; the header of a streamed file may have no length. */

/** The sample format; two files can be joined when their formats are equal. */
export interface WavFormat {
    channels: number;
    sampleRate: number;
    bitsPerSample: number;
}

/** The bytes are not a supported WAV file, or are incomplete. */
export class WavError extends Error {
    constructor(message: string) {
        super(`not a usable WAV file: ${message}`);
        this.name = "WavError";
    }
}

const PCM = 1;
const EXTENSIBLE = 0xfffe;

/** Placeholders of streaming writers for an unknown length. */
const UNKNOWN_LENGTHS = new Set([0, 0xffffffff, 0x7fffffff, 0x7fffffff - 36, 0xffffffff - 36, 0xffffffff - 44]);

/** The format and the samples of `file`. Throws WavError. */
export function readWav(file: Buffer): { format: WavFormat; samples: Buffer } {
    const { format, at, bytes } = wavHead(file);
    const rest = file.subarray(at);
    if (bytes !== undefined && rest.length < bytes) {
        throw new WavError("it breaks off before its end");
    }
    const samples = wholeFrames(format, rest.subarray(0, bytes));
    if (samples.length === 0) {
        throw new WavError("it is silent: there are no samples");
    }
    return { format, samples };
}

/** Parses a WAV header: the format, the offset of the samples, and their size if known. Throws WavError. */
export function wavHead(file: Buffer): { format: WavFormat; at: number; bytes: number | undefined } {
    if (file.length < 44 || file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE") {
        throw new WavError("it does not start as one");
    }
    let format: WavFormat | undefined;
    for (let at = 12; at + 8 <= file.length; ) {
        const name = file.toString("latin1", at, at + 4);
        const length = file.readUInt32LE(at + 4);
        const body = at + 8;
        if (name === "fmt ") {
            format = readFormat(file, body);
        } else if (name === "data") {
            if (!format) {
                throw new WavError("its data come before their format");
            }
            return { format, at: body, bytes: UNKNOWN_LENGTHS.has(length) ? undefined : length };
        }
        at = body + length + (length % 2);
    }
    throw new WavError("it has no data");
}

function readFormat(file: Buffer, at: number): WavFormat {
    if (at + 16 > file.length) {
        throw new WavError("its format is cut off");
    }
    const kind = file.readUInt16LE(at);
    const format = {
        channels: file.readUInt16LE(at + 2),
        sampleRate: file.readUInt32LE(at + 4),
        bitsPerSample: file.readUInt16LE(at + 14),
    };
    const isUsable =
        (kind === PCM || kind === EXTENSIBLE) &&
        format.bitsPerSample === 16 &&
        (format.channels === 1 || format.channels === 2) &&
        format.sampleRate >= 8_000 &&
        format.sampleRate <= 96_000;
    if (!isUsable) {
        throw new WavError("only 16-bit PCM with one or two channels and 8 to 96 kHz can be joined");
    }
    return format;
}

/** `samples` without an incomplete frame at the end. */
export function wholeFrames(format: WavFormat, samples: Buffer): Buffer {
    return samples.subarray(0, samples.length - (samples.length % frameBytes(format)));
}

/** The 44-byte header for `dataBytes` of samples. */
export function wavHeader(format: WavFormat, dataBytes: number): Buffer {
    const header = Buffer.alloc(44);
    header.write("RIFF", 0, "latin1");
    header.writeUInt32LE(36 + dataBytes, 4);
    header.write("WAVEfmt ", 8, "latin1");
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(PCM, 20);
    header.writeUInt16LE(format.channels, 22);
    header.writeUInt32LE(format.sampleRate, 24);
    header.writeUInt32LE(format.sampleRate * frameBytes(format), 28);
    header.writeUInt16LE(frameBytes(format), 32);
    header.writeUInt16LE(format.bitsPerSample, 34);
    header.write("data", 36, "latin1");
    header.writeUInt32LE(dataBytes, 40);
    return header;
}

/** Number of bytes for `seconds` of silence. */
export function silenceBytes(format: WavFormat, seconds: number): number {
    return Math.round(seconds * format.sampleRate) * frameBytes(format);
}

/** Duration of `dataBytes` of samples, in seconds. */
export function soundingSeconds(format: WavFormat, dataBytes: number): number {
    return dataBytes / (format.sampleRate * frameBytes(format));
}

export function sameFormat(one: WavFormat, other: WavFormat): boolean {
    return (
        one.channels === other.channels &&
        one.sampleRate === other.sampleRate &&
        one.bitsPerSample === other.bitsPerSample
    );
}

function frameBytes(format: WavFormat): number {
    return format.channels * (format.bitsPerSample / 8);
}
