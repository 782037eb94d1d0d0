/**
 * Speech by espeak-ng if it is installed; otherwise one tone for each syllable, with the pitch of the voice and the length of
 * speech.
 */
import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";

export const SAMPLE_RATE = 24_000;

/** 150 words of 1.5 syllables a minute. */
const SYLLABLE_SECONDS = 60 / 150 / 1.5;
const FULL_SCALE = 32_767;
const LOUDNESS = 0.22;

/** The path of espeak-ng, if it is on the PATH. */
export function voiceProgram(): string | undefined {
    const folders = process.env.PATH?.split(delimiter) ?? [];
    return folders.map((folder) => join(folder, "espeak-ng")).find(isExecutable);
}

function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

/**
 * 16-bit mono samples. Equal texts and voices give equal bytes.
 *
 * @throws when espeak-ng fails
 */
export async function speak(text: string, voice: string): Promise<Buffer> {
    const program = voiceProgram();
    return program === undefined ? hum(text, voice) : await say(program, text, voice);
}

async function say(program: string, text: string, voice: string): Promise<Buffer> {
    const [hash = 0] = createHash("sha256").update(voice).digest();
    // espeak-ng's variants of a voice: five of women, eight of men.
    const variant = isWoman(voice) ? `f${1 + (hash % 5)}` : `m${1 + (hash % 8)}`;
    const args = ["--stdin", "--stdout", "-v", `en+${variant}`, "-s", "150"];
    const { stdout } = await execa(program, args, { input: text, encoding: "buffer", stripFinalNewline: false });
    const file = Buffer.from(stdout);
    const data = file.indexOf("data") + 8;
    return resampled(file.subarray(data, data + 2 * Math.floor((file.length - data) / 2)), file.readUInt32LE(24));
}

/** Converts samples to {@link SAMPLE_RATE} by linear interpolation. */
function resampled(samples: Buffer, rate: number): Buffer {
    const last = samples.length / 2 - 1;
    const made = Buffer.alloc(2 * Math.max(0, Math.floor(((last + 1) * SAMPLE_RATE) / rate)));
    for (let at = 0; at < made.length / 2; at += 1) {
        const place = (at * rate) / SAMPLE_RATE;
        const before = Math.min(last, Math.floor(place));
        const one = samples.readInt16LE(before * 2);
        const next = samples.readInt16LE(Math.min(last, before + 1) * 2);
        made.writeInt16LE(Math.round(one + (next - one) * (place - before)), at * 2);
    }
    return made;
}

function isWoman(voice: string): boolean {
    return /woman|female/i.test(voice);
}

function hum(text: string, voice: string): Buffer {
    const [hash = 0] = createHash("sha256").update(voice).digest();
    const pitch = (isWoman(voice) ? 190 : 105) + (hash % 40);
    const words = text.match(/[\p{L}\p{N}\u2019']+[.,;:!?\u2026]*/gu) ?? [];
    return Buffer.concat(words.flatMap((word, at) => spoken(word, pitch, at)));
}

function spoken(word: string, pitch: number, at: number): Buffer[] {
    const syllables = Math.max(1, (word.match(/[aeiouy\u00e4\u00f6\u00fc]+/gi) ?? []).length);
    const tones = Array.from({ length: syllables }, (_, part) => {
        // The voice falls over a sentence and rises with the first syllable of a word.
        const melody = 1 + 0.12 * Math.sin(at * 1.7 + part) + (part === 0 ? 0.04 : 0);
        return tone(pitch * melody, SYLLABLE_SECONDS);
    });
    const pause = /[.!?\u2026]$/.test(word) ? 0.3 : /[,;:]$/.test(word) ? 0.15 : 0.02;
    return [...tones, Buffer.alloc(Math.round(pause * SAMPLE_RATE) * 2)];
}

const tones = new Map<string, Buffer>();

/** A vowel-like tone: three harmonics that swell and fade. Tones are cached, since few different ones are needed. */
function tone(frequency: number, seconds: number): Buffer {
    const rounded = Math.round(frequency);
    const kept = tones.get(`${rounded}/${seconds}`);
    if (kept) {
        return kept;
    }
    const count = Math.round(seconds * SAMPLE_RATE);
    const samples = Buffer.alloc(count * 2);
    for (let at = 0; at < count; at += 1) {
        const phase = (2 * Math.PI * rounded * at) / SAMPLE_RATE;
        const swell = Math.sin((Math.PI * at) / count) ** 0.6;
        const wave = Math.sin(phase) * 0.6 + Math.sin(2 * phase) * 0.3 + Math.sin(3 * phase) * 0.15;
        samples.writeInt16LE(Math.round(wave * swell * LOUDNESS * FULL_SCALE), at * 2);
    }
    tones.set(`${rounded}/${seconds}`, samples);
    return samples;
}

/** `isStreamed`: leaves the lengths unknown, like a server that streams while it speaks. */
export function wav(samples: Buffer, { isStreamed = false } = {}): Buffer {
    const header = Buffer.alloc(44);
    header.write("RIFF", 0, "latin1");
    header.writeUInt32LE(isStreamed ? 0xffffffff : 36 + samples.length, 4);
    header.write("WAVEfmt ", 8, "latin1");
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(SAMPLE_RATE, 24);
    header.writeUInt32LE(SAMPLE_RATE * 2, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write("data", 36, "latin1");
    header.writeUInt32LE(isStreamed ? 0xffffffff : samples.length, 40);
    return Buffer.concat([header, samples]);
}
