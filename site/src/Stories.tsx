import { useEffect, useState } from "react";
import { Link } from "wouter";
import { listStories, type StorySummary } from "./api.ts";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";
import { day } from "./words.ts";

export function Stories() {
    const [stories, setStories] = useState<StorySummary[]>();
    const [error, setError] = useState<unknown>();
    const heading = usePage("My stories");

    useEffect(() => {
        const leaving = new AbortController();
        listStories(leaving.signal).then(setStories, (problem) => leaving.signal.aborted || setError(problem));
        return () => leaving.abort();
    }, []);

    return (
        <section className="page">
            <h1 ref={heading} tabIndex={-1}>
                My stories
            </h1>
            <Problem error={error} />
            {!stories && error === undefined && (
                <p role="status" className="note">
                    Fetching your stories…
                </p>
            )}
            {stories?.length === 0 && (
                <div className="card empty">
                    <p>There are no stories yet.</p>
                    <Link href="/" className="button">
                        Make the first one
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
        </section>
    );
}

function Book({ story }: { story: StorySummary }) {
    const isFinished = story.status === "completed";
    return (
        <Link href={`/stories/${story.session_id}`} className="card book">
            <strong>{story.title}</strong>
            <span className="note">
                {isFinished ? `${story.chapters} chapters` : <em>Not finished</em>}
                {story.created_at && (
                    <>
                        {" · "}
                        <time dateTime={story.created_at}>{day(story.created_at)}</time>
                    </>
                )}
            </span>
        </Link>
    );
}
