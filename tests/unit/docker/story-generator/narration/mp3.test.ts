import { expect } from "chai";
import {
    endOf,
    type Segment,
    segmentHead,
    segmentsIn,
    segmentsOf,
    segmentTail,
    silence,
    toMp3,
} from "../../../../../docker/story-generator/narration/mp3.ts";
import type { WavFormat } from "../../../../../docker/story-generator/narration/wav.ts";

const FORMAT = { channels: 1, sampleRate: 24_000, bitsPerSample: 16 };

describe("MP3", () => {
    /** A second of a tone. */
    const tone = (rate: number, channels: number) => {
        const samples = Buffer.alloc(rate * channels * 2);
        for (let at = 0; at < rate * channels; at += 1) {
            samples.writeInt16LE(Math.round(8_000 * Math.sin(Math.floor(at / channels) / 9)), at * 2);
        }
        return samples;
    };
    const encoded = async (format: WavFormat, parts: Buffer[]) => {
        const made: Buffer[] = [];
        for await (const part of toMp3(format, parts)) {
            made.push(part);
        }
        return Buffer.concat(made);
    };

    for (const [rate, channels] of [
        [24_000, 1],
        [44_100, 2],
        [16_000, 1],
    ] as const) {
        it(`is as long as the samples it is made of, at ${rate} Hz with ${channels} channels`, async () => {
            const samples = tone(rate, channels);
            const format = { sampleRate: rate, channels, bitsPerSample: 16 };
            // As they come from a connection: in parts that are no whole samples.
            const file = await encoded(format, [samples.subarray(0, 4_801), samples.subarray(4_801)]);
            // An encoder puts up to four frames around what it is given.
            expect(endOf(segmentsIn("key", file))).to.be.within(1, 1.1);
            expect(file.length).to.be.lessThan((48_000 * 1.1) / 7);
        });
    }

    it("is cut into segments that follow each other without a gap, whatever is known of it", async () => {
        const file = await encoded(FORMAT, Array(15).fill(tone(24_000, 1)));
        const pause = silence(1.2);
        const tracks = [0, 1].map((at) => ({ key: `piece-${at}`, bytes: file.length, pause: 1.2 }));
        const segments = segmentsOf(tracks);
        const bytes = (segment: Segment) =>
            Buffer.concat([file.subarray(segment.start, segment.end), segmentTail(segment)]);
        expect(Buffer.concat(segments.map(bytes))).to.deep.equal(Buffer.concat([file, pause, file, pause]));
        for (const [at, segment] of segments.entries()) {
            expect(segment.seconds).to.be.at.most(6.001);
            expect(segment.at).to.be.closeTo(endOf(segments.slice(0, at)), 1e-6);
            const [read, ...more] = segmentsIn("key", bytes(segment));
            expect(more).to.deep.equal([]);
            expect(read?.seconds).to.be.closeTo(segment.seconds, 1e-6);
        }
        const whole = segmentsIn(
            "whole",
            Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x02xx", "latin1"), file, pause, file, pause]),
        );
        expect(endOf(whole)).to.be.closeTo(endOf(segments), 1e-6);
        expect(whole[0]?.start).to.equal(12);
    });

    it("tells the time of each segment where players look for it", () => {
        const [, second] = segmentsOf([{ key: "k", bytes: 144 * 500, pause: 0 }]);
        const head = second && segmentHead(second);
        expect(head?.toString("latin1")).to.include("com.apple.streaming.transportStreamTimestamp");
        expect(head?.readBigUInt64BE(head.length - 8)).to.equal(540_000n);
        expect(head?.length).to.equal(10 + Number(head?.readUInt8(9)));
    });
});
