import { useEffect, useRef } from "react";

/** Names the page in the browser's title, and takes the focus to its heading when it is opened from another page. */
export function usePage(title: string | undefined) {
    const heading = useRef<HTMLHeadingElement>(null);
    const isKnown = title !== undefined;
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

/** Nobody asked for a focus where the browser has just loaded the site. */
let hasPageBefore = false;
