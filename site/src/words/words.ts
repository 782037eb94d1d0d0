/** The site's own words. English ones are the keys. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

/** Makes the words ready. */
export async function prepareWords(): Promise<void> {
    await i18next.use(initReactI18next).init({
        lng: "en",
        resources: { en: { translation: en } },
        keySeparator: false,
        nsSeparator: false,
        // React does that.
        interpolation: { escapeValue: false },
    });
}
