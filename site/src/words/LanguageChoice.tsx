import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES, type Language } from "./words.ts";

/** Selects the site's language; each option is in its own language. */
export function LanguageChoice() {
    const { t, i18n } = useTranslation();
    return (
        <label className="language">
            <span>{t("Language")}</span>
            <select value={i18n.language} onChange={({ currentTarget: it }) => chooseLanguage(it.value as Language)}>
                {Object.entries(LANGUAGES).map(([tag, name]) => (
                    <option key={tag} value={tag} lang={tag}>
                        {name}
                    </option>
                ))}
            </select>
        </label>
    );
}
