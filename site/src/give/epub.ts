/** Writes a story as EPUB 3 (https://www.w3.org/TR/epub-33/). */
import { strToU8, zipSync } from "fflate";

export interface Book {
    id: string;
    title: string;
    /** A language tag; `und` where it is not known. */
    language: string;
    direction: "ltr" | "rtl";
    /** ISO 8601. */
    changedAt: string;
    chapters: BookChapter[];
    /** Its narration, an MP3, which is read along with the lines that have their `clip`. */
    narration?: Uint8Array;
    /** The site's own texts. */
    words: { contents: string; chapter: (number: number) => string };
}

export interface BookChapter {
    number: number;
    title: string;
    lines: BookLine[];
    picture?: Picture;
}

export interface BookLine {
    speaker: string;
    text: string;
    isNarrated: boolean;
    /** When it is heard in the narration, in seconds. */
    clip?: { at: number; until: number };
}

export interface Picture {
    bytes: Uint8Array;
    type: keyof typeof ENDINGS;
}

/** The picture types that every EPUB 3 reader supports. */
const ENDINGS = { "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp" } as const;

export const isPictureType = (type: string): type is Picture["type"] => Object.hasOwn(ENDINGS, type);

const STYLE = `body { margin: 5%; line-height: 1.5; }
h1, h2 { line-height: 1.2; text-align: center; }
h2 span { display: block; font-size: 0.7em; font-weight: normal; }
img { display: block; max-width: 100%; margin: 1em auto; }
p { margin: 0 0 0.8em; }
.speaker { font-weight: bold; }
.heard { background: #fff0b8; color: #211b36; }
`;

/** The file's bytes. */
export function epubOf(book: Book): Uint8Array<ArrayBuffer> {
    const files: Record<string, string | Uint8Array> = {
        "META-INF/container.xml": `<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
`,
        "book/package.opf": packageOf(book),
        "book/nav.xhtml": navigationOf(book),
        "book/title.xhtml": titlePageOf(book),
        "book/style.css": STYLE,
    };
    for (const chapter of book.chapters) {
        files[`book/${chapterFile(chapter)}`] = chapterPageOf(book, chapter);
        if (chapter.picture) {
            files[`book/${pictureFile(chapter.number, chapter.picture)}`] = chapter.picture.bytes;
        }
        if (isHeard(book, chapter)) {
            files[`book/${overlayFile(chapter)}`] = overlayOf(chapter);
        }
    }
    if (book.narration) {
        files[`book/${NARRATION}`] = book.narration;
    }
    // Pictures and sound are compressed already.
    const stored = (bytes: Uint8Array): [Uint8Array, { level: 0 }] => [bytes, { level: 0 }];
    const rest = Object.entries(files).map(([name, content]) => [
        name,
        typeof content === "string" ? strToU8(content) : stored(content),
    ]);
    // The type is first and uncompressed, so that programs recognize the file by its first bytes.
    return zipSync({ mimetype: stored(strToU8("application/epub+zip")), ...Object.fromEntries(rest) });
}

const chapterFile = ({ number }: BookChapter) => `chapter-${number}.xhtml`;
const overlayFile = ({ number }: BookChapter) => `chapter-${number}.smil`;
const NARRATION = "narration.mp3";
const pictureFile = (number: number, { type }: Picture) => `picture-${number}.${ENDINGS[type]}`;

/** Whether a chapter has a media overlay (https://www.w3.org/TR/epub-33/#sec-media-overlays). */
const isHeard = ({ narration }: Book, { lines }: BookChapter) =>
    narration !== undefined && lines.some(({ clip }) => clip !== undefined);

const secondsOf = ({ lines }: BookChapter) =>
    lines.reduce((sum, { clip }) => sum + (clip ? clip.until - clip.at : 0), 0);

const clock = (seconds: number) => `${seconds.toFixed(3)}s`;

function packageOf(book: Book): string {
    const { id, title, language, direction, changedAt, chapters, narration } = book;
    const cover = chapters.find(({ picture }) => picture)?.number;
    const pictures = chapters.flatMap(({ number, picture }) =>
        picture
            ? `<item id="picture-${number}" href="${pictureFile(number, picture)}" media-type="${picture.type}"${
                  number === cover ? ' properties="cover-image"' : ""
              }/>`
            : [],
    );
    const heard = chapters.filter((chapter) => isHeard(book, chapter));
    const pages = chapters.map(
        (chapter) =>
            `<item id="chapter-${chapter.number}" href="${chapterFile(chapter)}" media-type="application/xhtml+xml"${
                heard.includes(chapter) ? ` media-overlay="overlay-${chapter.number}"` : ""
            }/>`,
    );
    const sound = [
        ...(narration ? [`<item id="narration" href="${NARRATION}" media-type="audio/mpeg"/>`] : []),
        ...heard.map(
            (chapter) =>
                `<item id="overlay-${chapter.number}" href="${overlayFile(chapter)}" media-type="application/smil+xml"/>`,
        ),
    ];
    const durations = heard.map(
        (chapter) =>
            `<meta property="media:duration" refines="#overlay-${chapter.number}">${clock(secondsOf(chapter))}</meta>`,
    );
    const total = heard.reduce((sum, chapter) => sum + secondsOf(chapter), 0);
    const aboutSound =
        heard.length === 0
            ? ""
            : `<meta property="schema:accessMode">auditory</meta>
<meta property="schema:accessibilityFeature">synchronizedAudioText</meta>
<meta property="media:active-class">heard</meta>
<meta property="media:duration">${clock(total)}</meta>
${durations.join("\n")}
`;
    return `<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="${escaped(language)}" dir="${direction}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">story-42:${escaped(id)}</dc:identifier>
<dc:title>${escaped(title)}</dc:title>
<dc:language>${escaped(language)}</dc:language>
<dc:creator>Story-42</dc:creator>
<meta property="dcterms:modified">${changedAt.replace(/\.\d+/, "")}</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
${aboutSound}</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="title" href="title.xhtml" media-type="application/xhtml+xml"/>
<item id="style" href="style.css" media-type="text/css"/>
${[...pages, ...pictures, ...sound].join("\n")}
</manifest>
<spine page-progression-direction="${direction}">
<itemref idref="title"/>
${chapters.map(({ number }) => `<itemref idref="chapter-${number}"/>`).join("\n")}
</spine>
</package>
`;
}

function navigationOf(book: Book): string {
    const entries = book.chapters.map(
        (chapter) => `<li><a href="${chapterFile(chapter)}">${escaped(chapter.title)}</a></li>`,
    );
    const { contents } = book.words;
    return page(
        book,
        contents,
        `<nav epub:type="toc" role="doc-toc"><h1>${escaped(contents)}</h1><ol>\n${entries.join("\n")}\n</ol></nav>`,
    );
}

function titlePageOf(book: Book): string {
    const [first] = book.chapters.filter(({ picture }) => picture);
    const picture = first?.picture ? `<img src="${pictureFile(first.number, first.picture)}" alt=""/>\n` : "";
    return page(book, book.title, `<section>\n${picture}<h1>${escaped(book.title)}</h1>\n</section>`);
}

function chapterPageOf(book: Book, { number, title, lines, picture }: BookChapter): string {
    const name = book.words.chapter(number);
    const image = picture ? `<img src="${pictureFile(number, picture)}" alt="${escaped(`${name}: ${title}`)}"/>\n` : "";
    const said = lines.map(
        ({ speaker, text, isNarrated }, at) =>
            `<p id="${lineId(at)}">${
                isNarrated ? "" : `<span class="speaker">${escaped(speaker)}:</span> `
            }${escaped(text)}</p>`,
    );
    return page(
        book,
        title,
        `<section epub:type="chapter" role="doc-chapter">
<h2><span>${escaped(name)}</span> ${escaped(title)}</h2>
${image}${said.join("\n")}
</section>`,
    );
}

const lineId = (at: number) => `line-${at + 1}`;

function overlayOf(chapter: BookChapter): string {
    const clips = chapter.lines.map(({ clip }, at) =>
        clip
            ? `<par><text src="${chapterFile(chapter)}#${lineId(at)}"/><audio src="${NARRATION}" clipBegin="${clock(clip.at)}" clipEnd="${clock(clip.until)}"/></par>\n`
            : "",
    );
    return `<?xml version="1.0" encoding="UTF-8"?>
<smil xmlns="http://www.w3.org/ns/SMIL" version="3.0">
<body>
${clips.join("")}</body>
</smil>
`;
}

function page({ language, direction }: Book, title: string, body: string): string {
    const tag = escaped(language);
    return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="${tag}" xml:lang="${tag}" dir="${direction}">
<head><meta charset="utf-8"/><title>${escaped(title)}</title><link rel="stylesheet" href="style.css"/></head>
<body>
${body}
</body>
</html>
`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for elements and attributes; removes characters that XML 1.0 does not allow. */
function escaped(text: string): string {
    return text
        .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
        .replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
}
