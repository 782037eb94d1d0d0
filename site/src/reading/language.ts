/** Detects a story's language. */

/** Fewer characters are too few for detection. */
const MIN_CHARACTERS = 40;

/** The language's tag, such as `de`; undefined when it is unknown. The detector is loaded on demand. */
export async function languageOf(text: string): Promise<string | undefined> {
    const { franc } = await import("franc-min");
    const language = franc(text, { minLength: MIN_CHARACTERS });
    // The shortest tag, which pages and books require: `deu` becomes `de`.
    return language === "und" ? undefined : Intl.getCanonicalLocales(language)[0];
}
