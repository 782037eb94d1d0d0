import { expect } from "chai";
import fc from "fast-check";
import { lengthOf, playlistOf, segmentNumber, withNamesOnly } from "../../../docker/story-generator/narration/hls.ts";
import {
    endOf,
    type Segment,
    segmentHead,
    segmentsIn,
    segmentsOf,
    segmentTail,
    silence,
    toMp3,
} from "../../../docker/story-generator/narration/mp3.ts";
import { parseRange } from "../../../docker/story-generator/narration/range.ts";
import { cut, PLAIN_PAUSES, secondsOf } from "../../../docker/story-generator/narration/script.ts";
import { issueTicket, isValidTicket, ticketHolder } from "../../../docker/story-generator/narration/ticket.ts";
import {
    readWav,
    silenceBytes,
    soundingSeconds,
    WavError,
    type WavFormat,
    wavHeader,
} from "../../../docker/story-generator/narration/wav.ts";

const FORMAT = { channels: 1, sampleRate: 24_000, bitsPerSample: 16 };

const line = fc.record({
    speaker: fc.constantFrom("Narrator", "Mina", "Rashid"),
    text: fc.array(fc.constantFrom("The fox waits.", "Why?", "word", "x".repeat(900)), {
        minLength: 1,
        maxLength: 200,
    }),
});
const story = fc
    .array(fc.array(line, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 })
    .map((chapters) => ({
        title: "T",
        characters: ["Mina", "Rashid"],
        chapters: chapters.map((lines, at) => ({
            chapter_number: at + 1,
            title: "C",
            lines: lines.map(({ speaker, text }) => ({ speaker, text: text.join(" ") })),
        })),
    }));

describe("narration script", () => {
    const words = (texts: string[]) => texts.join(" ").replace(/\s+/g, "");

    it("speaks every word once, in order, each by its speaker", () => {
        fc.assert(
            fc.property(story, (told) => {
                const pieces = cut(told);
                const lines = told.chapters.flatMap((chapter) => chapter.lines);
                expect(words(pieces.map((piece) => piece.text))).to.equal(words(lines.map((said) => said.text)));
                for (const name of ["Narrator", "Mina", "Rashid"]) {
                    const own = (all: { speaker: string; text: string }[]) =>
                        words(all.filter((one) => one.speaker === name).map((one) => one.text));
                    expect(own(pieces)).to.equal(own(lines));
                }
            }),
        );
    });

    it("keeps pieces short and marks the end of each chapter", () => {
        fc.assert(
            fc.property(story, (told) => {
                const pieces = cut(told);
                expect(pieces.every((piece) => piece.text.length > 0 && piece.text.length <= 600)).to.equal(true);
                expect(pieces.filter((piece) => piece.endsChapter)).to.have.length(told.chapters.length);
                expect(pieces.at(-1)?.endsChapter).to.equal(true);
                expect(secondsOf(pieces, PLAIN_PAUSES)).to.be.greaterThan(0);
            }),
        );
    });
});

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

describe("an HLS playlist", () => {
    it("names its segments, and ends when the narration does", () => {
        const segments = segmentsOf([{ key: "k", bytes: 144 * 300, pause: 0 }]);
        const growing = playlistOf(segments, false).split("\n");
        expect(growing[0]).to.equal("#EXTM3U");
        expect(growing).to.include.members(["#EXTINF:6.000,", "segment_000.ts", "#EXTINF:1.200,", "segment_001.ts"]);
        expect(growing).to.not.include("#EXT-X-ENDLIST");
        expect(playlistOf(segments, true)).to.include("#EXT-X-ENDLIST");
        expect(lengthOf(playlistOf(segments, true))).to.deep.equal({ seconds: 7.2, segments: 2 });
    });

    it("of the earlier service has names alone, wherever it led", () => {
        const old = "#EXTM3U\r\n#EXTINF:9.5,\r\nhttps://b.example/x/segment_000.ts?X-Amz=1\r\n#EXT-X-ENDLIST\r\n";
        expect(withNamesOnly(old)).to.equal("#EXTM3U\n#EXTINF:9.5,\nsegment_000.ts\n#EXT-X-ENDLIST\n");
    });

    it("has segments by no other names", () => {
        expect(["segment_000.ts", "segment_1234.ts"].map(segmentNumber)).to.deep.equal([0, 1234]);
        for (const name of ["stream.m3u8", "segment_1.ts", "../segment_000.ts", "segment_000.mp3", "full.wav"]) {
            expect(segmentNumber(name), name).to.equal(undefined);
        }
    });
});

describe("byte ranges", () => {
    const cases: [string | undefined, object][] = [
        [undefined, { kind: "whole" }],
        ["bytes=0-", { kind: "part", start: 0, end: 999 }],
        ["bytes=10-19", { kind: "part", start: 10, end: 19 }],
        ["bytes=990-2000", { kind: "part", start: 990, end: 999 }],
        ["bytes=-100", { kind: "part", start: 900, end: 999 }],
        ["bytes=-5000", { kind: "part", start: 0, end: 999 }],
        ["bytes=1000-", { kind: "none" }],
        ["bytes=-0", { kind: "none" }],
        ["bytes=20-10", { kind: "whole" }],
        ["bytes=0-1,5-6", { kind: "whole" }],
        ["items=0-1", { kind: "whole" }],
    ];
    for (const [header, expected] of cases) {
        it(`${header ?? "no header"} of 1000 bytes`, () => {
            expect(parseRange(header, 1000)).to.deep.equal(expected);
        });
    }

    it("never reach outside the file", () => {
        fc.assert(
            fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1e9 }), (from, to, size) => {
                const range = parseRange(`bytes=${from}-${to}`, size);
                expect(range.kind !== "part" || (range.start <= range.end && range.end < size)).to.equal(true);
            }),
        );
    });
});

describe("audio tickets", () => {
    const ticket = issueTicket("secret", "user-1", "story-1", 1_000);

    it("open their own story for their time", () => {
        expect(ticketHolder(ticket)).to.equal("user-1");
        expect(isValidTicket("secret", ticket, "story-1", 2_000)).to.equal(true);
    });

    it("open nothing else", () => {
        const forged = `${Buffer.from("user-2").toString("base64url")}.${ticket.split(".").slice(1).join(".")}`;
        expect(isValidTicket("secret", ticket, "story-2", 2_000)).to.equal(false);
        expect(isValidTicket("other", ticket, "story-1", 2_000)).to.equal(false);
        expect(isValidTicket("secret", forged, "story-1", 2_000)).to.equal(false);
        expect(isValidTicket("secret", ticket, "story-1", 3_601_001)).to.equal(false);
        expect(isValidTicket("secret", "nonsense", "story-1", 2_000)).to.equal(false);
    });
});
