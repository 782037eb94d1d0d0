import { expect } from "chai";
import {
    readWav,
    silenceBytes,
    soundingSeconds,
    WavError,
    wavHeader,
} from "../../../../../docker/story-generator/narration/wav.ts";

const FORMAT = { channels: 1, sampleRate: 24_000, bitsPerSample: 16 };

describe("WAV files", () => {
    const samples = Buffer.alloc(4_800, 7);

    it("are read as they are written", () => {
        const file = Buffer.concat([wavHeader(FORMAT, samples.length), samples]);
        expect(readWav(file)).to.deep.equal({ format: FORMAT, samples });
        expect(soundingSeconds(FORMAT, samples.length)).to.equal(0.1);
        expect(silenceBytes(FORMAT, 0.5)).to.equal(24_000);
    });

    for (const length of [0, 0xffffffff]) {
        it(`are read to their end when a streaming writer left ${length} as their length`, () => {
            const header = wavHeader(FORMAT, 0);
            header.writeUInt32LE(length, 40);
            expect(readWav(Buffer.concat([header, samples])).samples).to.deep.equal(samples);
        });
    }

    for (const [what, file] of Object.entries({
        "that break off": Buffer.concat([wavHeader(FORMAT, 9_000), samples]),
        "that are something else": Buffer.alloc(100, "mp3"),
        "without a sample": wavHeader(FORMAT, 0),
        "with 8-bit samples": Buffer.concat([wavHeader({ ...FORMAT, bitsPerSample: 8 }, samples.length), samples]),
    })) {
        it(`${what} are refused`, () => {
            expect(() => readWav(file)).to.throw(WavError);
        });
    }
});
