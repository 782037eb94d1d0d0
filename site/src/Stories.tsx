import { useEffect, useState } from "react";
import { Link } from "wouter";
import { listStories, type StoryPage, type StorySummary } from "./api.ts";
import { formatCount, formatDay } from "./format.ts";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";

export function Stories() {
    const [page, setPage] = useState<StoryPage>();
    const [error, setError] = useState<unknown>();
    const heading = usePage("My stories");

    useEffect(() => {
        const leaving = new AbortController();
        listStories(undefined, leaving.signal).then(setPage, (problem) => leaving.signal.aborted || setError(problem));
        return () => leaving.abort();
    }, []);

    const showMore = (behind: StoryPage) =>
        listStories(behind.next).then(({ stories: older, next }) => {
            setError(undefined);
            // Asked for twice, it is shown once.
            setPage((shown) => (shown === behind ? { stories: [...behind.stories, ...older], next } : shown));
        }, setError);
    const stories = page?.stories;

    return (
        <section className="page">
            <h1 ref={heading} tabIndex={-1}>
                My stories
            </h1>
            <Problem error={error} />
            {!stories && error === undefined && (
                <p role="status" className="note">
                    Loading your stories…
                </p>
            )}
            {stories?.length === 0 && (
                <div className="card empty">
                    <p>You have no stories yet.</p>
                    <Link href="/" className="button">
                        Make your first story
                    </Link>
                </div>
            )}
            <ul className="shelf">
                {stories?.map((story) => (
                    <li key={story.session_id}>
                        <Book story={story} />
                    </li>
                ))}
            </ul>
            {page?.next !== undefined && (
                <button type="button" onClick={() => showMore(page)}>
                    Show older stories
                </button>
            )}
        </section>
    );
}

function Book({ story }: { story: StorySummary }) {
    const isFinished = story.status === "completed";
    return (
        <Link href={`/stories/${story.session_id}`} className="card book">
            <strong>{story.title}</strong>
            <span className="note">
                {isFinished ? formatCount(story.chapters, "chapter") : <em>Not finished</em>}
                {story.created_at && (
                    <>
                        {" · "}
                        <time dateTime={story.created_at}>{formatDay(story.created_at)}</time>
                    </>
                )}
            </span>
        </Link>
    );
}
