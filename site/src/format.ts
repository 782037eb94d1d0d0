import i18next from "i18next";

/** A date for people, in the site's language. */
export function formatDay(iso: string): string {
    return new Date(iso).toLocaleDateString(i18next.language, { dateStyle: "long" });
}

/** A time in an audio, such as `4:07`. */
export function formatTime(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds) || 0);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
