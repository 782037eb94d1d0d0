import { useEffect, useState } from "react";
import type { Line } from "../api.ts";
import { picturesInSight } from "./inSight.ts";
import { languageOf } from "./language.ts";

/** The language of the story's text, which may differ from the site's. */
export function useLanguage(lines: Line[]): string | undefined {
    const [language, setLanguage] = useState<string>();
    useEffect(() => {
        if (lines.length === 0) {
            return;
        }
        let isCurrent = true;
        // Unknown if the detector can't be loaded.
        picturesInSight()
            .then(() => languageOf(lines.map(({ text }) => text).join(" ")))
            .then(
                (told) => isCurrent && setLanguage(told),
                () => undefined,
            );
        return () => {
            isCurrent = false;
        };
    }, [lines]);
    return language;
}
