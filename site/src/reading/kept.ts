/** A reader's settings and positions, stored in this browser per person. Of a story only the id is stored. */
import { session } from "../session.ts";

export const THEMES = ["day", "sepia", "night"] as const;
export type Theme = (typeof THEMES)[number];

/** Text sizes, relative to the normal size. */
export const SIZES = [0.85, 1, 1.15, 1.35, 1.6, 1.9] as const;

export interface ReaderSettings {
    /** Undefined: the device's theme. */
    theme?: Theme;
    /** An index in `SIZES`. */
    size: number;
}

const settingsKey = () => `story-42-reader:${session()?.sub}`;
const placeKey = (id: string) => `story-42-place:${session()?.sub}:${id}`;

export function readerSettings(): ReaderSettings {
    const { theme, size } = parsed(localStorage.getItem(settingsKey()));
    return {
        theme: THEMES.find((one) => one === theme),
        size: typeof size === "number" && size in SIZES ? size : 1,
    };
}

export function keepReaderSettings(settings: ReaderSettings): void {
    localStorage.setItem(settingsKey(), JSON.stringify(settings));
}

/** The number of the line that was read last; undefined when the story was not opened in the reader yet. */
export function placeIn(id: string): number | undefined {
    const line = Number(localStorage.getItem(placeKey(id)) ?? Number.NaN);
    return Number.isInteger(line) && line > 0 ? line : undefined;
}

export function keepPlace(id: string, line: number): void {
    localStorage.setItem(placeKey(id), String(line));
}

function parsed(json: string | null): Partial<Record<string, unknown>> {
    try {
        return JSON.parse(json ?? "{}") ?? {};
    } catch {
        return {};
    }
}
