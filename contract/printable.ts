/** Removes control characters, with which stored text could forge lines, headings or a terminal's colours. */

/** One line. */
export function printable(text: string): string {
    return text
        .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
        .replace(/ {2,}/g, " ")
        .trim();
}

/** Several lines: keeps line breaks and tabs. */
export function printableLines(text: string): string {
    return text
        .replace(/\r\n?|\p{Zl}|\p{Zp}/gu, "\n")
        .replace(/[^\P{Cc}\n\t]/gu, "")
        .trim();
}
