/** Removes the disguises of a text before patterns are matched: invisible characters, escapes, look-alikes, encodings. */

/** Cyrillic and Greek look-alikes of Latin letters, which attacks use. */
const LOOK_ALIKES: Record<string, string> = Object.fromEntries(
    [
        ["аàáâãäåα", "a"],
        ["еèéêëε", "e"],
        ["оòóôõöο", "o"],
        ["іìíîïι", "i"],
        ["рρ", "p"],
        ["сç", "c"],
        ["уùúûü", "u"],
        ["хχ", "x"],
        ["ѕ", "s"],
        ["ԁ", "d"],
        ["ɡ", "g"],
        ["ո", "n"],
    ].flatMap(([alike = "", letter = ""]) => [...alike].map((character) => [character, letter])),
);
const LEET: Record<string, string> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s" };

/** The readable text and the texts encoded in it, each in lower case with single spaces. */
export function readingsOf(text: string): string[] {
    const shown = plain(text);
    const latin = [...shown].map((character) => LOOK_ALIKES[character] ?? character).join("");
    const readings = [
        shown,
        latin,
        spelledOut(latin),
        withoutLeet(latin),
        reversed(latin),
        rotated(latin),
        ...decoded(text).map(plain),
    ];
    return [...new Set(readings.filter((reading) => reading !== ""))];
}

function plain(text: string): string {
    const unescaped = text
        .replaceAll(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
        .replaceAll(/\\[nrt]/g, " ")
        .replaceAll('\\"', '"')
        .replaceAll(/&(?:#(\d+)|#x([0-9a-f]+));/gi, (_, decimal, hex) =>
            String.fromCodePoint(Math.min(decimal ? Number(decimal) : Number.parseInt(hex, 16), 0x10ffff)),
        )
        .replaceAll(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
    return (
        unescaped
            .normalize("NFKC")
            // Tag characters are invisible, but a model reads them as letters.
            .replaceAll(/[\u{e0020}-\u{e007e}]+/gu, (tags) => ` ${[...tags].map(untagged).join("")}`)
            .replaceAll(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, "")
            .toLowerCase()
            .replaceAll(/[\s_*~`|]+/g, " ")
            .trim()
    );
}

const untagged = (tag: string) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000);

/** `i g n o r e` and `i.g.n.o.r.e` as words: consecutive single letters; a wider gap separates words. */
function spelledOut(text: string): string {
    return text.replaceAll(/\b(?:[a-z][ .-]){4,}[a-z]\b/g, (letters) => letters.replaceAll(/[ .-]/g, ""));
}

function withoutLeet(text: string): string {
    return text.replaceAll(/\S*[a-z]\S*/g, (word) => word.replaceAll(/[013457@$]/g, (sign) => LEET[sign] ?? sign));
}

const reversed = (text: string) => [...text].reverse().join("");

/** ROT13. */
const rotated = (text: string) =>
    text.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));

/** The texts that are encoded in base64 or hexadecimal. */
function decoded(text: string): string[] {
    const found = [
        ...(text.match(/[A-Za-z0-9+/]{20,}={0,2}/g) ?? []).map((code) => Buffer.from(code, "base64")),
        ...(text.match(/\b(?:[0-9a-f]{2}){12,}\b/gi) ?? []).map((code) => Buffer.from(code, "hex")),
    ];
    return found.map((bytes) => bytes.toString("latin1")).filter((it) => /^[\x20-\x7e\s]{10,}$/.test(it));
}
