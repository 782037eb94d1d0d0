import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { whoMakes } from "../../../../local/commands/run.ts";
import { SAMPLE_RATE, speak } from "../../../../standins/upstreams/speech.ts";

/** What is said in tones, or not at all. */
const isSound = (samples: Buffer) => samples.some((byte) => byte !== 0);

describe("the stand-in's voice", () => {
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-voice-"));
        process.env.PATH = folder;
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** A program that notes its arguments and what it is to say, and gives a WAV of some samples, all 1000. */
    function install(rate: number, count: number): void {
        const program = join(folder, "program.cjs");
        writeFileSync(join(folder, "espeak-ng"), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, {
            mode: 0o755,
        });
        writeFileSync(
            program,
            `const { readFileSync, writeFileSync } = require("node:fs");
writeFileSync(${JSON.stringify(join(folder, "asked"))}, [...process.argv.slice(2), readFileSync(0, "utf8")].join(" "));
const header = Buffer.alloc(44);
header.write("RIFF\\0\\0\\0\\0WAVEfmt ", "latin1");
header.writeUInt32LE(${rate}, 24);
header.write("data", 36, "latin1");
const samples = Buffer.alloc(${count * 2});
for (let at = 0; at < ${count}; at += 1) samples.writeInt16LE(1000, at * 2);
process.stdout.write(Buffer.concat([header, samples]));
`,
        );
    }

    it("speaks by espeak-ng where the machine has it, as a man or a woman, at the API's own rate", async () => {
        install(22_050, 22_050);
        const samples = await speak("Hello, fox.", "en-Alice_woman");
        expect(samples.length / 2).to.equal(SAMPLE_RATE);
        expect(samples.readInt16LE(samples.length - 2)).to.equal(1000);
        expect(readFileSync(join(folder, "asked"), "utf8")).to.match(/-v en\+f\d .*Hello, fox\.$/);
        await speak("Hello, fox.", "en-Frank_man");
        expect(readFileSync(join(folder, "asked"), "utf8")).to.match(/-v en\+m\d /);
    });

    it("is tones elsewhere", async () => {
        expect(isSound(await speak("Hello, fox.", "en-Alice_woman"))).to.equal(true);
    });

    it("is said to be tones, and what would make it speak", () => {
        expect(whoMakes({ live: [] })).to.contain("espeak-ng");
        expect(whoMakes({ live: ["tts"] })).not.to.contain("espeak-ng");
        install(22_050, 1);
        expect(whoMakes({ live: [] })).not.to.contain("espeak-ng");
    });
});
