import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { listStories, type StoryPage, type StorySummary } from "./api.ts";
import { formatDay } from "./format.ts";
import { openStories } from "./offline/kept.ts";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";

export function Stories() {
    const [page, setPage] = useState<StoryPage>();
    const [error, setError] = useState<unknown>();
    const { t } = useTranslation();
    const heading = usePage(t("My stories"));

    useEffect(() => {
        const leaving = new AbortController();
        openStories(leaving.signal).then(setPage, (problem) => leaving.signal.aborted || setError(problem));
        return () => leaving.abort();
    }, []);

    const showMore = (behind: StoryPage) =>
        listStories(behind.next).then(({ stories: older, next }) => {
            setError(undefined);
            // A page that was requested twice is shown once.
            setPage((shown) => (shown === behind ? { stories: [...behind.stories, ...older], next } : shown));
        }, setError);
    const stories = page?.stories;
    const [unfinished, finished] = [false, true].map((wanted) => stories?.filter((one) => isFinished(one) === wanted));

    return (
        <section className="page shelves">
            <h1 ref={heading} tabIndex={-1}>
                {t("My stories")}
            </h1>
            <Problem error={error} />
            {!stories && error === undefined && <Loading />}
            {stories?.length === 0 && (
                <div className="card empty">
                    <p>{t("You have no stories yet.")}</p>
                    <Link href="/" className="button">
                        {t("Make your first story")}
                    </Link>
                </div>
            )}
            <Shelf stories={finished} name={unfinished?.length ? t("To read") : undefined} />
            <Shelf stories={unfinished} name={t("Not finished yet")} />
            {page?.next !== undefined && (
                <button type="button" onClick={() => showMore(page)}>
                    {t("Show older stories")}
                </button>
            )}
        </section>
    );
}

const isFinished = ({ status }: StorySummary) => status === "completed";

/** Placeholders for the covers while they load. */
function Loading() {
    const { t } = useTranslation();
    return (
        <div className="shelf">
            <p role="status" className="note unseen">
                {t("Loading your stories…")}
            </p>
            {Array.from({ length: 4 }, (_, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
                <div key={place} className="cover bare" aria-hidden="true" />
            ))}
        </div>
    );
}

interface ShelfProps {
    stories: StorySummary[] | undefined;
    /** Undefined when there is only one shelf. */
    name: string | undefined;
}

function Shelf({ stories = [], name }: ShelfProps) {
    if (stories.length === 0) {
        return null;
    }
    return (
        <>
            {name && <h2>{name}</h2>}
            <ul className="shelf">
                {stories.map((story, place) => (
                    <li key={story.session_id}>
                        <Book story={story} isFirst={place === 0} />
                    </li>
                ))}
            </ul>
        </>
    );
}

/** Number of colours for covers without a picture, as in the style sheet. */
const COVER_COLOURS = 5;

interface BookProps {
    story: StorySummary;
    /** Whether it is the first of its shelf, whose cover is in sight. */
    isFirst: boolean;
}

function Book({ story, isFirst }: BookProps) {
    const { t } = useTranslation();
    const { session_id: id, title, cover, chapters, created_at, has_audio } = story;
    const cloth = (Number.parseInt(id.slice(0, 4), 16) || 0) % COVER_COLOURS;
    return (
        <Link href={`/stories/${id}`} className="book">
            <span className={`cover ${cover ? "" : `cloth-${cloth}`}`}>
                {cover ? (
                    <img
                        src={cover}
                        alt=""
                        loading={isFirst ? "eager" : "lazy"}
                        fetchPriority={isFirst ? "high" : "auto"}
                        width="768"
                        height="1024"
                    />
                ) : (
                    <span aria-hidden="true" dir="auto">
                        {title}
                    </span>
                )}
            </span>
            <strong dir="auto">{title}</strong>
            <span className="note">
                {isFinished(story) ? t("{{count}} chapters", { count: chapters }) : <em>{t("Not finished")}</em>}
                {has_audio && <> · {t("narrated")}</>}
                {created_at && (
                    <>
                        {" · "}
                        <time dateTime={created_at}>{formatDay(created_at)}</time>
                    </>
                )}
            </span>
        </Link>
    );
}
