/** The writing direction of a text. */

/** The Unicode blocks of scripts that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** The direction of the first letter, as a browser determines it for `dir="auto"`. */
export function directionOf(text: string): "ltr" | "rtl" {
    const first = /\p{L}/u.exec(text)?.[0] ?? "";
    return RIGHT_TO_LEFT.test(first) ? "rtl" : "ltr";
}
