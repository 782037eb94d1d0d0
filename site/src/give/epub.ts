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
    /** The site's own texts. */
    words: { contents: string; chapter: (number: number) => string };
}

export interface BookChapter {
    number: number;
    title: string;
    lines: { speaker: string; text: string; isNarrated: boolean }[];
    picture?: Picture;
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
    }
    const rest = Object.entries(files).map(([name, content]) => [
        name,
        typeof content === "string" ? strToU8(content) : content,
    ]);
    // The type is first and uncompressed, so that programs recognize the file by its first bytes.
    const mimetype: [Uint8Array, { level: 0 }] = [strToU8("application/epub+zip"), { level: 0 }];
    return zipSync({ mimetype, ...Object.fromEntries(rest) });
}

const chapterFile = ({ number }: BookChapter) => `chapter-${number}.xhtml`;
const pictureFile = (number: number, { type }: Picture) => `picture-${number}.${ENDINGS[type]}`;

function packageOf({ id, title, language, direction, changedAt, chapters }: Book): string {
    const cover = chapters.find(({ picture }) => picture)?.number;
    const pictures = chapters.flatMap(({ number, picture }) =>
        picture
            ? `<item id="picture-${number}" href="${pictureFile(number, picture)}" media-type="${picture.type}"${
                  number === cover ? ' properties="cover-image"' : ""
              }/>`
            : [],
    );
    const pages = chapters.map(
        (chapter) =>
            `<item id="chapter-${chapter.number}" href="${chapterFile(chapter)}" media-type="application/xhtml+xml"/>`,
    );
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
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="title" href="title.xhtml" media-type="application/xhtml+xml"/>
<item id="style" href="style.css" media-type="text/css"/>
${[...pages, ...pictures].join("\n")}
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
    const said = lines.map(({ speaker, text, isNarrated }) =>
        isNarrated
            ? `<p>${escaped(text)}</p>`
            : `<p><span class="speaker">${escaped(speaker)}:</span> ${escaped(text)}</p>`,
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
