import { type RefObject, useCallback, useEffect, useState } from "react";
import { Actions } from "./Actions.tsx";
import { getImages, getStory, type StoryDetail } from "./api.ts";
import { Chapters } from "./Chapters.tsx";
import { formatDay } from "./format.ts";
import { Narration } from "./Narration.tsx";
import { PipelineProgress } from "./PipelineProgress.tsx";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";
import { type LastRequest, useStoryRun } from "./storyRun.ts";

/** One story: its pictures, its lines with who says them, its narration, and what can be done with it. */
export function Story({ id, last }: { id: string; last: RefObject<LastRequest | undefined> }) {
    const { story, images, error, load } = useStory(id);
    const { progress, failure, isStopping, follow, stop } = useStoryRun(id, last, load);
    const [changes, setChanges] = useState(0);
    const isBeingMade = story?.status === "running";
    useEffect(() => {
        if (isBeingMade) {
            follow();
        }
    }, [isBeingMade, follow]);

    if (progress) {
        return <PipelineProgress progress={progress} onStop={stop} isStopping={isStopping} error={failure} />;
    }
    if (error !== undefined) {
        return <NotShown error={error} />;
    }
    if (!story) {
        return (
            <p role="status" className="page note">
                Loading the story…
            </p>
        );
    }
    const isFinished = story.status === "completed";
    return (
        <article className="page story">
            <Title story={story} />
            <Warnings of={story} />
            {isFinished ? (
                <Narration id={id} changes={changes} />
            ) : (
                <Unfinished error={failure} isBegun={story.structured_story !== undefined} goOn={follow} />
            )}
            <Chapters
                story={story}
                images={images}
                onChange={async (part) => {
                    await load();
                    setChanges((before) => before + (part === "segment" ? 1 : 0));
                }}
            />
            <Actions story={story} />
        </article>
    );
}

function NotShown({ error }: { error: unknown }) {
    const heading = usePage("No story");
    return (
        <section className="page">
            <h1 ref={heading} tabIndex={-1}>
                This story can't be shown
            </h1>
            <Problem error={error} />
        </section>
    );
}

function useStory(id: string) {
    const [story, setStory] = useState<StoryDetail>();
    const [images, setImages] = useState<string[]>([]);
    const [error, setError] = useState<unknown>();

    const load = useCallback(
        async (signal?: AbortSignal) => {
            try {
                const [found, pictures] = await Promise.all([getStory(id, signal), getImages(id, signal)]);
                setStory(found);
                setImages(pictures);
                setError(undefined);
            } catch (problem) {
                if (!signal?.aborted) {
                    setError(problem);
                }
            }
        },
        [id],
    );
    useEffect(() => {
        const leaving = new AbortController();
        load(leaving.signal);
        return () => leaving.abort();
    }, [load]);
    return { story, images, error, load };
}

function Title({ story }: { story: StoryDetail }) {
    const title = story.structured_story?.title ?? story.title;
    const heading = usePage(title);
    const about = [story.story_type, story.length, story.created_at && formatDay(story.created_at)].filter(Boolean);
    return (
        <header className="title">
            <p className="note">{about.join(" · ")}</p>
            <h1 ref={heading} tabIndex={-1}>
                {title}
            </h1>
        </header>
    );
}

function Warnings({ of: { warnings = [] } }: { of: StoryDetail }) {
    if (warnings.length === 0) {
        return null;
    }
    return (
        <div className="card hint">
            <p>Some parts of this story could not be made as planned:</p>
            <ul>
                {warnings.map((warning) => (
                    <li key={warning}>{warning}</li>
                ))}
            </ul>
        </div>
    );
}

interface UnfinishedProps {
    /** Why the last try to go on ended. */
    error: unknown;
    /** Whether there are chapters already. */
    isBegun: boolean;
    goOn: () => void;
}

function Unfinished({ error, isBegun, goOn }: UnfinishedProps) {
    return (
        <section className="card offer" aria-label="Unfinished story">
            <p>This story is not finished. {isBegun ? "What has been written so far is below." : "Nothing is lost."}</p>
            <button type="button" onClick={goOn}>
                Continue the story
            </button>
            <Problem error={error} />
        </section>
    );
}
