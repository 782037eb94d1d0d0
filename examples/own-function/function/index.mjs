/** Counts the words of a text. */
export async function handler({ text = "" }) {
    return { words: text.split(/\s+/).filter(Boolean).length };
}
