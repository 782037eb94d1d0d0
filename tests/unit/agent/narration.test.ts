import { expect } from "chai";
import fc from "fast-check";
import { parseRange } from "../../../docker/story-generator/narration/range.ts";
import { cut, PLAIN_PAUSES, secondsOf } from "../../../docker/story-generator/narration/script.ts";
import { issueTicket, isValidTicket, ticketHolder } from "../../../docker/story-generator/narration/ticket.ts";
import {
    readWav,
    silenceBytes,
    soundingSeconds,
    WavError,
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
