import { type RefObject, type TouchEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { StoryDetail } from "../api.ts";
import { usePage } from "../page.ts";
import { allLines, chapterOf, firstLines, picturesOf } from "./chapters.ts";
import { directionOf } from "./direction.ts";
import { keepPlace, keepReaderSettings, placeIn, readerSettings } from "./kept.ts";
import { Lines, speakerStyles } from "./Lines.tsx";
import { ReaderSettingsBar } from "./ReaderSettingsBar.tsx";

/** The target in a chapter: its first or last page, or the page with a line. */
type Goal = "first" | "last" | { line: number };

/** Length of a swipe that turns a page, in pixels. */
const MIN_SWIPE_PX = 45;

interface ReaderProps {
    story: StoryDetail;
    images: string[];
    /** The number of the line that is playing. */
    heard: number | undefined;
    /** The story's language. */
    language: string | undefined;
}

/** Shows a story in pages that fill the window; each chapter begins with its picture. */
export function Reader({ story, images, heard, language }: ReaderProps) {
    const { t } = useTranslation();
    const { session_id: id, structured_story: written } = story;
    const chapters = written?.chapters ?? [];
    const title = written?.title ?? story.title;
    const heading = usePage(title);
    const [settings, setSettings] = useState(readerSettings);
    const firsts = firstLines(chapters);
    const begun = useRef(placeIn(id)).current;
    const [chapterAt, setChapterAt] = useState(begun ? chapterOf(chapters, begun) : 0);
    const goal = useRef<Goal>(begun && !firsts.includes(begun) ? { line: begun } : "first");
    const chapter = chapters[chapterAt];
    const image = picturesOf(story, images)[chapterAt]?.address;
    const { leaf, page, pages, turnTo, lineOn } = usePages(goal, [chapterAt, settings.size, image]);
    const isRightToLeft = directionOf(chapter?.lines[0]?.text ?? "") === "rtl";

    const open = useCallback((at: number, next: Goal) => {
        goal.current = next;
        setChapterAt(at);
    }, []);
    const hasNext = page < pages - 1 || chapterAt < chapters.length - 1;
    const hasPrevious = page > 0 || chapterAt > 0;
    const next = () => (page < pages - 1 ? turnTo(page + 1) : hasNext && open(chapterAt + 1, "first"));
    const previous = () => (page > 0 ? turnTo(page - 1) : hasPrevious && open(chapterAt - 1, "last"));

    useTheme(settings.theme);
    useKeys({ next, previous, isRightToLeft });
    const swipe = useSwipe({ next, previous, isRightToLeft });

    // Turns to the page of the playing line.
    useEffect(() => {
        if (heard === undefined) {
            return;
        }
        const at = chapterOf(chapters, heard);
        if (at === chapterAt) {
            turnTo({ line: heard });
        } else {
            open(at, { line: heard });
        }
    }, [heard, chapterAt, chapters, open, turnTo]);
    // Remembers the reading position.
    useEffect(() => {
        const line = page === 0 ? firsts[chapterAt] : lineOn(page);
        if (line !== undefined) {
            keepPlace(id, line);
        }
    });

    if (!chapter) {
        return null;
    }
    const name = t("Chapter {{number}}", { number: chapter.chapter_number });
    return (
        <article className="reader" dir={isRightToLeft ? "rtl" : "ltr"}>
            <header className="reader-bar" dir="auto">
                <Link href={`/stories/${id}`} className="button quiet" title={t("Close the book")}>
                    <svg viewBox="0 0 24 24" aria-hidden="true" className="cross">
                        <path d="M6 6l12 12M18 6L6 18" />
                    </svg>
                    <span className="unseen-on-phone">{t("Close the book")}</span>
                </Link>
                <h1 ref={heading} className="unseen-on-phone" tabIndex={-1} dir="auto" lang={language}>
                    {title}
                </h1>
                <ReaderSettingsBar
                    settings={settings}
                    onChange={(changed) => {
                        keepReaderSettings(changed);
                        setSettings(changed);
                    }}
                />
            </header>
            <div className={`spread${page === 0 ? " opening" : ""}`} {...swipe}>
                <div className="plate">
                    {image && <img src={image} alt={`${name}: ${chapter.title}`} />}
                    <p className="plate-title" aria-hidden="true">
                        <span className="chapter-number">{name}</span>
                        <span dir="auto" lang={language}>
                            {chapter.title}
                        </span>
                    </p>
                </div>
                <div className="leaf" ref={leaf} data-size={settings.size}>
                    <h2>
                        <span className="chapter-number">{name}</span>{" "}
                        <span dir="auto" lang={language}>
                            {chapter.title}
                        </span>
                    </h2>
                    <Lines
                        lines={chapter.lines}
                        first={firsts[chapterAt] ?? 1}
                        styleOf={speakerStyles(allLines(chapters))}
                        heard={heard}
                        language={language}
                    />
                </div>
            </div>
            <footer className="reader-foot">
                <button type="button" className="quiet turn" onClick={previous} disabled={!hasPrevious}>
                    <span aria-hidden="true" className="arrow back" />
                    <span className="unseen-on-phone">{t("Previous page")}</span>
                </button>
                <p role="status" className="note">
                    {t("{{chapter}} of {{chapters}}, page {{page}} of {{pages}}", {
                        chapter: name,
                        chapters: chapters.length,
                        page: page + 1,
                        pages,
                    })}
                </p>
                <button type="button" className="turn" onClick={next} disabled={!hasNext}>
                    <span className="unseen-on-phone">{t("Next page")}</span>
                    <span aria-hidden="true" className="arrow" />
                </button>
            </footer>
        </article>
    );
}

/**
 * The pages of the text, which flows in columns as wide as the leaf. In a narrow window the first page is the picture, and
 * the text begins on the second.
 */
function usePages(goal: RefObject<Goal>, changes: unknown[]) {
    const leaf = useRef<HTMLDivElement>(null);
    const [{ page, pages }, setState] = useState({ page: 0, pages: 1 });

    const place = useCallback((wanted: number) => {
        const it = leaf.current;
        if (it) {
            const { step, before, pages } = measured(it);
            const page = Math.max(0, Math.min(wanted, pages - 1));
            const sign = getComputedStyle(it).direction === "rtl" ? -1 : 1;
            it.scrollLeft = sign * Math.max(0, page - before) * step;
            setState((shown) => (shown.page === page && shown.pages === pages ? shown : { page, pages }));
        }
    }, []);
    const turnTo = useCallback(
        (to: number | { line: number }) => {
            const it = leaf.current;
            if (!it) {
                return;
            }
            const page = typeof to === "number" ? to : pageOf(it, to.line);
            goal.current = typeof to === "number" ? goalOn(it, to) : to;
            place(page);
        },
        [place, goal],
    );
    const lineOn = useCallback((at: number) => (leaf.current ? firstLineOn(leaf.current, at) : undefined), []);

    useLayoutEffect(() => {
        const it = leaf.current;
        if (!it) {
            return;
        }
        const settle = () => place(pageFor(it, goal.current));
        settle();
        const observer = new ResizeObserver(settle);
        observer.observe(it);
        document.fonts.ready.then(settle);
        return () => observer.disconnect();
    }, [place, goal, ...changes]);

    return { leaf, page, pages, turnTo, lineOn };
}

/** The distance between columns, the number of pages before the first column, and the total number of pages. */
function measured(leaf: HTMLElement) {
    const gap = Number.parseFloat(getComputedStyle(leaf).columnGap) || 0;
    const inner = leaf.clientWidth;
    const step = inner + gap;
    const before = getComputedStyle(leaf).getPropertyValue("--pages-before").trim() === "1" ? 1 : 0;
    return { step, before, pages: before + Math.max(1, Math.round((leaf.scrollWidth + gap) / step)) };
}

const linesIn = (leaf: HTMLElement) => [...leaf.querySelectorAll<HTMLElement>("[data-line]")];

/** The page on which a line begins. */
function pageAt(leaf: HTMLElement, line: HTMLElement): number {
    const { step, before } = measured(leaf);
    const offset = Math.abs(edgeOf(line) - edgeOf(leaf) + leaf.scrollLeft);
    return before + Math.floor((offset + 1) / step);

    function edgeOf(element: HTMLElement): number {
        const [box] = element.getClientRects();
        const isRightToLeft = getComputedStyle(leaf).direction === "rtl";
        return (isRightToLeft ? box?.right : box?.left) ?? 0;
    }
}

function pageOf(leaf: HTMLElement, number: number): number {
    const line = linesIn(leaf).find(({ dataset }) => Number(dataset.line) === number);
    return line ? pageAt(leaf, line) : 0;
}

function pageFor(leaf: HTMLElement, goal: Goal): number {
    if (goal === "first") {
        return 0;
    }
    return goal === "last" ? Number.POSITIVE_INFINITY : pageOf(leaf, goal.line);
}

/** The number of the first line that begins on a page; if none does, of the line that continues there. */
function firstLineOn(leaf: HTMLElement, page: number): number | undefined {
    const lines = linesIn(leaf);
    const line = lines.find((one) => pageAt(leaf, one) === page) ?? lines.findLast((one) => pageAt(leaf, one) < page);
    return line && Number(line.dataset.line);
}

function goalOn(leaf: HTMLElement, page: number): Goal {
    const line = firstLineOn(leaf, page);
    return page <= 0 || line === undefined ? "first" : { line };
}

/** Sets the page's theme while the reader is open. */
function useTheme(theme: string | undefined) {
    useLayoutEffect(() => {
        const { dataset } = document.documentElement;
        if (theme) {
            dataset.theme = theme;
        }
        return () => {
            delete dataset.theme;
        };
    }, [theme]);
}

interface Turns {
    next: () => unknown;
    previous: () => unknown;
    isRightToLeft: boolean;
}

function useKeys({ next, previous, isRightToLeft }: Turns) {
    useEffect(() => {
        function press(event: KeyboardEvent) {
            const { key, target } = event;
            // These keys belong to a focused control.
            const isTaken = target instanceof HTMLElement && target.matches("input, select, textarea");
            if (isTaken || event.altKey || event.ctrlKey || event.metaKey) {
                return;
            }
            const forward = [isRightToLeft ? "ArrowLeft" : "ArrowRight", "PageDown"];
            const backward = [isRightToLeft ? "ArrowRight" : "ArrowLeft", "PageUp"];
            const turn = forward.includes(key) ? next : backward.includes(key) ? previous : undefined;
            if (turn) {
                event.preventDefault();
                turn();
            }
        }
        window.addEventListener("keydown", press);
        return () => window.removeEventListener("keydown", press);
    });
}

function useSwipe({ next, previous, isRightToLeft }: Turns) {
    const from = useRef<{ x: number; y: number }>(undefined);
    return {
        onTouchStart({ touches }: TouchEvent) {
            const touch = touches.item(0);
            from.current = touches.length === 1 && touch ? { x: touch.clientX, y: touch.clientY } : undefined;
        },
        onTouchEnd({ changedTouches }: TouchEvent) {
            const touch = changedTouches.item(0);
            const start = from.current;
            if (!start || !touch) {
                return;
            }
            const [across, down] = [touch.clientX - start.x, touch.clientY - start.y];
            if (Math.abs(across) > MIN_SWIPE_PX && Math.abs(across) > 2 * Math.abs(down)) {
                across < 0 === isRightToLeft ? previous() : next();
            }
        },
    };
}
