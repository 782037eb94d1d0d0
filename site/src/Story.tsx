import { useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";
import {
    deleteStory,
    download,
    getImages,
    getStory,
    regenerateImage,
    regenerateSegment,
    type StoryDetail,
} from "./api.ts";
import { Change } from "./Change.tsx";
import { Narration } from "./Narration.tsx";
import { Problem } from "./Problem.tsx";

/** One finished story: its pictures, its lines with who says them, its narration, and what can be done with it. */
export function Story({ id }: { id: string }) {
    const { story, images, error, reload } = useStory(id);
    if (error) {
        return <Problem error={error} />;
    }
    if (!story) {
        return <p role="status">Opening the story…</p>;
    }
    const structured = story.structured_story;
    return (
        <article className="story">
            <h1>{structured?.title ?? story.title}</h1>
            {story.warnings && story.warnings.length > 0 && (
                <div className="card hint">
                    <p>Parts of this story had to do without some help:</p>
                    <ul>
                        {story.warnings.map((warning) => (
                            <li key={warning}>{warning}</li>
                        ))}
                    </ul>
                </div>
            )}
            <Narration id={id} />
            <Chapters id={id} story={story} images={images} onChange={reload} />
            <Actions id={id} title={story.title} />
        </article>
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
    return { story, images, error, reload: load };
}

interface ChaptersProps {
    id: string;
    story: StoryDetail;
    images: string[];
    onChange: () => Promise<void>;
}

function Chapters({ id, story, images, onChange }: ChaptersProps) {
    let segment = 0;
    return story.structured_story?.chapters.map((chapter, index) => (
        <section key={chapter.chapter_number} aria-labelledby={`chapter-${chapter.chapter_number}`}>
            <h2 id={`chapter-${chapter.chapter_number}`}>{chapter.title}</h2>
            {images[index] && (
                <figure>
                    <img
                        src={images[index]}
                        alt={`Chapter ${chapter.chapter_number}: ${chapter.title}`}
                        loading="lazy"
                    />
                    <figcaption>
                        <Change
                            what={`picture ${index + 1}`}
                            apply={(wish) => regenerateImage(id, index + 1, wish)}
                            done={onChange}
                        />
                    </figcaption>
                </figure>
            )}
            <dl className="lines">
                {chapter.lines.map((line) => {
                    segment++;
                    const number = segment;
                    return (
                        <div key={number} className={line.speaker === "Narrator" ? "line narrator" : "line"}>
                            <dt>{line.speaker}</dt>
                            <dd>
                                {line.text}
                                <Change
                                    what={`segment ${number}`}
                                    apply={(wish) => regenerateSegment(id, number, wish)}
                                    done={onChange}
                                />
                            </dd>
                        </div>
                    );
                })}
            </dl>
        </section>
    ));
}

function Actions({ id, title }: { id: string; title: string }) {
    const [error, setError] = useState<unknown>();
    const [, go] = useLocation();
    const attempt = (work: () => Promise<unknown>) => () => work().catch(setError);

    async function remove() {
        if (window.confirm(`Delete “${title}” with its pictures and narration? This can't be undone.`)) {
            await deleteStory(id);
            go("/stories");
        }
    }

    return (
        <footer className="actions">
            <button type="button" onClick={attempt(() => download(id, "txt", title))}>
                Download as text
            </button>
            <button type="button" onClick={attempt(() => download(id, "json", title))}>
                Download as JSON
            </button>
            <button type="button" className="danger" onClick={attempt(remove)}>
                Delete
            </button>
            <Problem error={error} />
        </footer>
    );
}
