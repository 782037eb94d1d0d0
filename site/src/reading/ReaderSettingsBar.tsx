import { useTranslation } from "react-i18next";
import { type ReaderSettings, SIZES, THEMES } from "./kept.ts";

const NAMES = { day: "Day", sepia: "Sepia", night: "Night" };

interface ReaderSettingsBarProps {
    settings: ReaderSettings;
    onChange: (settings: ReaderSettings) => void;
}

/** The size of the text, and the colours of the page. */
export function ReaderSettingsBar({ settings, onChange }: ReaderSettingsBarProps) {
    const { t } = useTranslation();
    const { size, theme } = settings;
    const resize = (by: number) => onChange({ ...settings, size: size + by });
    return (
        <fieldset className="reader-settings">
            <legend className="unseen">{t("How the book looks")}</legend>
            <button
                type="button"
                className="quiet smaller"
                onClick={() => resize(-1)}
                disabled={size === 0}
                aria-label={t("Smaller text")}
            >
                <Letter />
            </button>
            <button
                type="button"
                className="quiet larger"
                onClick={() => resize(1)}
                disabled={size === SIZES.length - 1}
                aria-label={t("Larger text")}
            >
                <Letter />
            </button>
            {THEMES.map((one) => (
                <button
                    key={one}
                    type="button"
                    className={`quiet swatch ${one}`}
                    aria-pressed={theme === one}
                    aria-label={t(NAMES[one])}
                    title={t(NAMES[one])}
                    // A second press returns to the device's theme.
                    onClick={() => onChange({ ...settings, theme: theme === one ? undefined : one })}
                />
            ))}
        </fieldset>
    );
}

const Letter = () => (
    <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 20L12 4l8 16M7 15h10" />
    </svg>
);
