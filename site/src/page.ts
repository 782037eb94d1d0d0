import { useEffect, useLayoutEffect, useRef } from "react";
import { addLoadedFonts } from "./fonts.ts";

/** Sets the browser's title, uses fonts that came late, and focuses the heading when the page is opened from another page. */
export function usePage(title: string | undefined) {
    const heading = useRef<HTMLHeadingElement>(null);
    const isKnown = title !== undefined;
    useLayoutEffect(() => {
        if (hasPageBefore) {
            addLoadedFonts();
        }
    }, []);
    useEffect(() => {
        if (isKnown && hasPageBefore) {
            heading.current?.focus();
        }
        hasPageBefore ||= isKnown;
    }, [isKnown]);
    useEffect(() => {
        document.title = title ? `${title} · Story-42` : "Story-42";
    }, [title]);
    return heading;
}

/** False on the first page after loading, whose heading must not take the focus. */
let hasPageBefore = false;
