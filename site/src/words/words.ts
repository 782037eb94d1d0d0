/** The site's own words. English ones are the keys; the other languages' stand in a file each, fetched when it is needed. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

/** The languages of the site, each by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "story-42-language";
const files = { de: () => import("./de.json") };

/** Makes the words ready in the language that was chosen here, or else in the first of the browser's that there is. */
export async function prepareWords(): Promise<void> {
    await i18next.use(initReactI18next).init({
        lng: "en",
        fallbackLng: "en",
        resources: { en: { translation: en } },
        keySeparator: false,
        nsSeparator: false,
        // React does that.
        interpolation: { escapeValue: false },
    });
    await use(preferred());
}

/** Takes another language, here and from now on. */
export async function chooseLanguage(language: Language): Promise<void> {
    localStorage.setItem(KEY, language);
    await use(language);
}

async function use(language: Language): Promise<void> {
    if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
        i18next.addResourceBundle(language, "translation", (await files[language]()).default);
    }
    await i18next.changeLanguage(language);
    document.documentElement.lang = language;
}

function preferred(): Language {
    const wanted = [localStorage.getItem(KEY), ...navigator.languages].map((tag) => tag?.split("-")[0] ?? "");
    return wanted.find((tag): tag is Language => tag in LANGUAGES) ?? "en";
}
