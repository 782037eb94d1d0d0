/** The site's texts. English texts are the keys; each other language has a file that is loaded on demand. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

/** The site's languages, each with its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "story-42-language";
const files = { de: () => import("./de.json") };

/** Loads the texts in the chosen language, or else in the browser's first supported language. */
export async function prepareWords(): Promise<void> {
    await i18next.use(initReactI18next).init({
        lng: "en",
        fallbackLng: "en",
        resources: { en: { translation: en } },
        keySeparator: false,
        nsSeparator: false,
        // React escapes values.
        interpolation: { escapeValue: false },
    });
    await use(preferred());
}

/** Changes the language and stores the choice. */
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
