import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type SharedStoryDetail, sharedNarrationAddress } from "../api.ts";
import { Chapters } from "../Chapters.tsx";
import { sharedStoryOf } from "../early.ts";
import { formatDay } from "../format.ts";
import { Problem } from "../Problem.tsx";
import { usePage } from "../page.ts";
import { PlayerBar } from "../player/PlayerBar.tsx";
import { useFollowing } from "../player/useFollowing.ts";
import { usePlayer } from "../player/usePlayer.ts";
import { allLines } from "../reading/chapters.ts";
import { useLanguage } from "../reading/useLanguage.ts";

/** A shared story, for everybody who has the link. */
export function SharedStory({ token }: { token: string }) {
    const { t } = useTranslation();
    const [story, setStory] = useState<SharedStoryDetail>();
    const [error, setError] = useState<unknown>();
    useEffect(() => {
        const leaving = new AbortController();
        sharedStoryOf(token, leaving.signal).then(setStory, (problem) => {
            if (!leaving.signal.aborted) {
                setError(problem);
            }
        });
        return () => leaving.abort();
    }, [token]);
    const lines = useMemo(() => allLines(story?.structured_story.chapters ?? []), [story]);
    const language = useLanguage(lines);
    const player = usePlayer(lines, story?.timeline);
    const { heard, isPlaying } = player;
    useFollowing(heard, isPlaying);
    const address = sharedNarrationAddress(token);
    const heading = usePage(story?.title ?? t("A shared story"));
    return (
        <>
            <article className="page story">
                <header className="title">
                    <p className="note">{story && formatDay(story.created_at)}</p>
                    <h1 ref={heading} tabIndex={-1} dir="auto" lang={language}>
                        {story?.title ?? t("A shared story")}
                    </h1>
                </header>
                <Problem error={error} />
                {!story && error === undefined && <p role="status">{t("Loading the story…")}</p>}
                {story && <Chapters story={story} images={story.images} heard={heard} language={language} />}
            </article>
            {story?.has_audio && (
                <>
                    <audio {...player.audio} preload="metadata" src={address} />
                    <PlayerBar player={player} story={story.structured_story} file={address} />
                </>
            )}
        </>
    );
}
