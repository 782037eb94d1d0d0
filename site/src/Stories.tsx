import { useEffect, useState } from "react";
import { Link } from "wouter";
import { listStories, type StorySummary } from "./api.ts";
import { Problem } from "./Problem.tsx";

export function Stories() {
    const [stories, setStories] = useState<StorySummary[]>();
    const [error, setError] = useState<unknown>();

    useEffect(() => {
        const leaving = new AbortController();
        listStories(leaving.signal).then(setStories, (problem) => leaving.signal.aborted || setError(problem));
        return () => leaving.abort();
    }, []);

    return (
        <section>
            <h1>My stories</h1>
            <Problem error={error} />
            {!stories && !error && <p role="status">Fetching your stories…</p>}
            {stories?.length === 0 && (
                <p>
                    None yet. <Link href="/">Make the first one.</Link>
                </p>
            )}
            <ul className="shelf">
                {stories?.map((story) => (
                    <li key={story.session_id}>
                        <Link href={`/stories/${story.session_id}`} className="card">
                            <strong>{story.title}</strong>
                            {story.created_at && <time dateTime={story.created_at}>{day(story.created_at)}</time>}
                        </Link>
                    </li>
                ))}
            </ul>
        </section>
    );
}

function day(iso: string): string {
    return new Date(iso).toLocaleDateString(undefined, { dateStyle: "long" });
}
