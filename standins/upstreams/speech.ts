/** Sound in place of speech: one tone for each syllable, as high as the voice, as long as a reader would take. */
import { createHash } from "node:crypto";

export const SAMPLE_RATE = 24_000;

/** 150 words of 1.5 syllables a minute. */
const SYLLABLE_SECONDS = 60 / 150 / 1.5;
const FULL_SCALE = 32_767;
const LOUDNESS = 0.22;

/** 16-bit mono samples. The same text in the same voice gives the same bytes. */
export function speak(text: string, voice: string): Buffer {
    const [hash = 0] = createHash("sha256").update(voice).digest();
    const pitch = (/woman|female/i.test(voice) ? 190 : 105) + (hash % 40);
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

/** A vowel-like tone: three harmonics that swell and fade. Few different ones are needed, so they are kept. */
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

/** `isStreamed`: with lengths as one that writes while it speaks has to leave them. */
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
