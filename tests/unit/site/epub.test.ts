import { createRequire } from "node:module";
import { expect } from "chai";
import { silence } from "../../../docker/story-generator/narration/mp3.ts";
import { type Book, type BookChapter, epubOf } from "../../../site/src/give/epub.ts";
import { drawPicture } from "../../../standins/upstreams/picture.ts";

const fromSite = createRequire(new URL("../../../site/package.json", import.meta.url));
const { EpubCheck } = fromSite("@likecoin/epubcheck-ts");
const { strFromU8, unzipSync } = fromSite("fflate");

async function book(changes: Partial<Book> = {}): Promise<Book> {
    const bytes = await drawPicture({ text: "A lighthouse", width: 64, height: 64 });
    return {
        id: "1c1b7b0e-0b1f-4d3e-9a57-6f4c0f6a2f11",
        title: 'Tom & <Jerry>: "a tale"',
        language: "en",
        direction: "ltr",
        changedAt: "2026-03-01T18:04:00.123Z",
        words: { contents: "Contents", chapter: (number) => `Chapter ${number}` },
        chapters: [
            {
                number: 1,
                title: "The <lamp>",
                picture: { bytes, type: "image/png" },
                lines: [
                    { speaker: "Narrator", text: "Once & for all\u0001\ud800.", isNarrated: true },
                    { speaker: "Mira", text: '"Who?"', isNarrated: false },
                ],
            },
            { number: 2, title: "The end", lines: [{ speaker: "Narrator", text: "So.", isNarrated: true }] },
        ],
        ...changes,
    };
}

/** What a checker of EPUBs holds against it. */
async function problemsOf(file: Uint8Array): Promise<string[]> {
    const { messages } = await EpubCheck.validate(file);
    return messages
        .filter(({ severity }: { severity: string }) => severity !== "info" && severity !== "usage")
        .map(({ id, message }: { id: string; message: string }) => `${id}: ${message}`);
}

describe("A story as an e-book", () => {
    it("is a valid EPUB, with a cover and a picture, whatever signs are in it", async () => {
        expect(await problemsOf(epubOf(await book()))).to.deep.equal([]);
    });

    it("is valid without a picture, and from right to left in a language of its own", async () => {
        const { chapters } = await book();
        const arabic = await book({
            title: "الثعلب والقمر",
            language: "ar",
            direction: "rtl",
            chapters: chapters.slice(1),
        });
        expect(await problemsOf(epubOf(arabic))).to.deep.equal([]);
    });

    it("is valid in a language that nobody could tell", async () => {
        expect(await problemsOf(epubOf(await book({ language: "und" })))).to.deep.equal([]);
    });

    it("is valid with a narration that is read along with its lines, of which some have changed since", async () => {
        const { chapters } = await book();
        const [first, ...others] = chapters as [BookChapter, ...BookChapter[]];
        const clips = [{ at: 0, until: 1.25 }, undefined];
        const lines = first.lines.map((line, at) => ({ ...line, clip: clips[at] }));
        const file = epubOf(await book({ chapters: [{ ...first, lines }, ...others], narration: silence(2) }));
        expect(await problemsOf(file)).to.deep.equal([]);
        const { "book/chapter-1.smil": overlay, "book/package.opf": about, ...rest } = unzipSync(file);
        expect(strFromU8(overlay as Uint8Array))
            .to.include('<text src="chapter-1.xhtml#line-1"/>')
            .and.include('clipBegin="0.000s" clipEnd="1.250s"')
            .and.not.include("line-2");
        expect(strFromU8(about as Uint8Array)).to.include('<meta property="media:duration">1.250s</meta>');
        expect(rest).to.not.have.property("book/chapter-2.smil");
    });

    it("says what it is in its first bytes", async () => {
        const start = Buffer.from(epubOf(await book())).toString("latin1", 30, 58);
        expect(start).to.equal("mimetypeapplication/epub+zip");
    });

    it("is checked by a checker that finds what is wrong", async () => {
        const file = epubOf(await book({ changedAt: "yesterday" }));
        expect(await problemsOf(file)).to.not.deep.equal([]);
    });
});
