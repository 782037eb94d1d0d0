import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Actions } from "./Actions.tsx";
import type { StoryDetail } from "./api.ts";
import { Chapters } from "./Chapters.tsx";
import { Cost } from "./Cost.tsx";
import { formatDay } from "./format.ts";
import { MissingPictures } from "./MissingPictures.tsx";
import { PipelineProgress } from "./making/PipelineProgress.tsx";
import { useIsOffline } from "./offline/connection.ts";
import { type OpenedStory, openStory } from "./offline/kept.ts";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";
import { NarrationOffer } from "./player/NarrationOffer.tsx";
import { PlayerBar } from "./player/PlayerBar.tsx";
import { useFollowing } from "./player/useFollowing.ts";
import { useNarration } from "./player/useNarration.ts";
import { usePlayer } from "./player/usePlayer.ts";
import { allLines } from "./reading/chapters.ts";
import { placeIn } from "./reading/kept.ts";
import { Reader } from "./reading/Reader.tsx";
import { useLanguage } from "./reading/useLanguage.ts";
import { Share } from "./sharing/Share.tsx";
import { type LastRequest, useStoryRun } from "./storyRun.ts";

/** The page of one story: pictures, lines with speakers, narration, and actions. */
export function Story({ id, isOpen, last }: StoryProps) {
    const { t } = useTranslation();
    const { story, images, isKept, error, load } = useStory(id);
    const { progress, failure, isStopping, follow, stop } = useStoryRun(id, last, load);
    const [changes, setChanges] = useState(0);
    const [isEdited, setEdited] = useState(false);
    const isBeingMade = story?.status === "running";
    const isFinished = story?.status === "completed" && !isKept;
    const written = story?.structured_story;
    const lines = useMemo(() => allLines(written?.chapters ?? []), [written]);
    const language = useLanguage(lines);
    const narration = useNarration(id, isFinished, changes);
    const player = usePlayer(lines, narration.state?.timeline);
    const { heard, isPlaying } = player;
    useFollowing(heard, isPlaying && !isOpen);
    useEffect(() => {
        if (isBeingMade) {
            follow();
        }
    }, [isBeingMade, follow]);

    // A finished story that gets missing pictures stays as it is until they are there.
    if (progress && story?.status !== "completed") {
        return <PipelineProgress id={id} progress={progress} onStop={stop} isStopping={isStopping} error={failure} />;
    }
    if (error !== undefined) {
        return <NotShown error={error} />;
    }
    if (!story) {
        return (
            <p role="status" className="page note">
                {t("Loading the story…")}
            </p>
        );
    }
    const address = narration.isReady ? narration.state?.url : undefined;
    return (
        <>
            {isOpen && written ? (
                <Reader story={story} images={images} heard={heard} language={language} />
            ) : (
                <article className="page story">
                    <Title story={story} language={language} />
                    {written && (
                        <div className="story-tools">
                            <Link href={`/stories/${id}/read`} className="button">
                                {placeIn(id) ? t("Continue reading") : t("Read the book")}
                            </Link>
                            {isFinished && (
                                <button
                                    type="button"
                                    className="quiet"
                                    aria-pressed={isEdited}
                                    onClick={() => setEdited(!isEdited)}
                                >
                                    {t("Edit")}
                                </button>
                            )}
                        </div>
                    )}
                    <Warnings of={story} />
                    {isKept ? (
                        <p className="card hint">{t("Listening, changing and sharing need a connection.")}</p>
                    ) : isFinished ? (
                        <NarrationOffer narration={narration} isThere={story.has_audio} />
                    ) : (
                        <Unfinished error={failure} isBegun={written !== undefined} goOn={follow} />
                    )}
                    {isFinished && isEdited && (
                        <MissingPictures
                            story={story}
                            isBeingDrawn={progress !== undefined}
                            error={failure}
                            draw={follow}
                        />
                    )}
                    <Chapters
                        story={story}
                        images={images}
                        heard={heard}
                        language={language}
                        edit={
                            isFinished && isEdited
                                ? {
                                      id,
                                      onChange: async (part) => {
                                          await load();
                                          setChanges((before) => before + (part === "segment" ? 1 : 0));
                                      },
                                  }
                                : undefined
                        }
                    />
                    {isFinished && <Share story={story} />}
                    {!isKept && <Actions story={story} narration={narration.state} />}
                    <Cost usage={story.usage} />
                </article>
            )}
            {/* The player stays mounted when the book is opened or closed, so that it keeps playing. */}
            {address && written && (
                <>
                    <audio {...player.audio} preload="metadata" src={address} onError={narration.renew} />
                    <PlayerBar player={player} story={written} file={address.replace("/stream/", "/download/")} />
                </>
            )}
        </>
    );
}

interface StoryProps {
    id: string;
    /** Whether it is open in the reader, page by page. */
    isOpen: boolean;
    last: RefObject<LastRequest | undefined>;
}

function NotShown({ error }: { error: unknown }) {
    const { t } = useTranslation();
    const heading = usePage(t("No story"));
    return (
        <section className="page">
            <h1 ref={heading} tabIndex={-1}>
                {t("This story can't be shown")}
            </h1>
            <Problem error={error}>
                <Link href="/stories">{t("Go to my stories")}</Link>
            </Problem>
        </section>
    );
}

function useStory(id: string) {
    const [{ story, images, isKept }, setOpened] = useState<Partial<OpenedStory>>({});
    const loads = useRef(0);
    const isOffline = useIsOffline();
    const [error, setError] = useState<unknown>();

    const load = useCallback(
        async (signal?: AbortSignal) => {
            loads.current += 1;
            const load = loads.current;
            const show = (opened: OpenedStory) => {
                // The pictures of an earlier load may still be coming.
                if (load === loads.current) {
                    setOpened(opened);
                    setError(undefined);
                }
            };
            try {
                await openStory(id, show, signal);
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
    useEffect(() => {
        if (isKept && !isOffline) {
            load();
        }
    }, [isKept, isOffline, load]);
    return { story, images: images ?? [], isKept: isKept ?? false, error, load };
}

function Title({ story, language }: { story: StoryDetail; language: string | undefined }) {
    const title = story.structured_story?.title ?? story.title;
    const heading = usePage(title);
    const { t } = useTranslation();
    /** A choice may be a person's own text, which has no translation. */
    const choice = (value: string) => t(`choice ${value}`, { defaultValue: value });
    const about = [
        choice(story.story_type),
        choice(story.length),
        story.created_at && formatDay(story.created_at),
    ].filter(Boolean);
    return (
        <header className="title">
            <p className="note">{about.join(" · ")}</p>
            <h1 ref={heading} tabIndex={-1} dir="auto" lang={language}>
                {title}
            </h1>
        </header>
    );
}

function Warnings({ of: { warnings = [] } }: { of: StoryDetail }) {
    const { t } = useTranslation();
    if (warnings.length === 0) {
        return null;
    }
    return (
        <div className="card hint">
            <p>{t("Some parts of this story could not be made as planned:")}</p>
            <ul>
                {warnings.map((warning) => (
                    <li key={warning}>{t(warning)}</li>
                ))}
            </ul>
        </div>
    );
}

interface UnfinishedProps {
    /** The error of the last attempt to continue. */
    error: unknown;
    /** Whether there are chapters already. */
    isBegun: boolean;
    goOn: () => void;
}

function Unfinished({ error, isBegun, goOn }: UnfinishedProps) {
    const { t } = useTranslation();
    return (
        <section className="card offer" aria-label={t("Unfinished story")}>
            <p>
                {isBegun
                    ? t("This story is not finished. What has been written so far is below.")
                    : t("This story is not finished. Nothing is lost.")}
            </p>
            <button type="button" onClick={goOn}>
                {t("Continue the story")}
            </button>
            <Problem error={error} />
        </section>
    );
}
