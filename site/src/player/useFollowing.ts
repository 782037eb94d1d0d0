import { useEffect, useRef } from "react";

/** How long the page does not scroll after the reader has scrolled it. */
const SCROLL_PAUSE_MS = 8_000;

/** Scrolls to the playing line, unless the reader has just scrolled. */
export function useFollowing(heard: number | undefined, isOn: boolean): void {
    const movedAt = useRef(Number.NEGATIVE_INFINITY);
    useEffect(() => {
        const moved = () => {
            movedAt.current = performance.now();
        };
        window.addEventListener("wheel", moved, { passive: true });
        window.addEventListener("touchmove", moved, { passive: true });
        return () => {
            window.removeEventListener("wheel", moved);
            window.removeEventListener("touchmove", moved);
        };
    }, []);
    useEffect(() => {
        if (isOn && heard !== undefined && performance.now() - movedAt.current > SCROLL_PAUSE_MS) {
            const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
            document
                .querySelector(`[data-line="${heard}"]`)
                ?.scrollIntoView({ block: "center", behavior: isCalm ? "auto" : "smooth" });
        }
    }, [heard, isOn]);
}
