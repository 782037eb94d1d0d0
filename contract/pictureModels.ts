/** The picture models of Google's Gemini API. */

/**
 * The default. Generally available since 6 October 2026, without an announced end (Gemini API, "Deprecations" and
 * release notes, both of 6 October 2026).
 */
export const defaultPictureModel = "gemini-nano-banana-2.1";

/** The last days of models with an announced end, as YYYY-MM-DD (Gemini API, "Deprecations"). */
export const pictureModelEnds: Readonly<Record<string, string>> = {
    "gemini-2.5-flash-image-preview": "2026-01-15",
    "gemini-3-pro-image-preview": "2026-06-25",
    "gemini-3.1-flash-image-preview": "2026-06-25",
    "gemini-2.5-flash-image": "2026-10-02",
    "gemini-3.1-flash-image": "2026-10-29",
};

/** Whether the last day of a picture model is over. */
export function isRetiredPictureModel(id: string): boolean {
    const end = pictureModelEnds[id];
    return end !== undefined && end < new Date().toISOString().slice(0, 10);
}
