/** What language a story is in. */

/** Fewer characters are too few to tell. */
const MIN_CHARACTERS = 40;

/** The language's tag, such as `de`; undefined where it can't be told. What tells it is fetched when it is needed. */
export async function languageOf(text: string): Promise<string | undefined> {
    const { franc } = await import("franc-min");
    const language = franc(text, { minLength: MIN_CHARACTERS });
    // The shortest tag, as pages and books want it: `deu` is `de`.
    return language === "und" ? undefined : Intl.getCanonicalLocales(language)[0];
}
