import { useEffect, useState } from "react";
import type { Line } from "../api.ts";
import { languageOf } from "./language.ts";

/** The language of the story's own words, which need not be the site's. */
export function useLanguage(lines: Line[]): string | undefined {
    const [language, setLanguage] = useState<string>();
    useEffect(() => {
        let isCurrent = true;
        // Where what tells it can't be fetched, it is not told.
        languageOf(lines.map(({ text }) => text).join(" ")).then(
            (told) => isCurrent && setLanguage(told),
            () => undefined,
        );
        return () => {
            isCurrent = false;
        };
    }, [lines]);
    return language;
}
