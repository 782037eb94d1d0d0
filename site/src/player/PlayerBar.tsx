import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { StructuredStory } from "../api.ts";
import { formatTime } from "../format.ts";
import { chapterOf, firstLines } from "../reading/chapters.ts";
import type { Player } from "./usePlayer.ts";

const BACK_SECONDS = 15;
const RATES = [0.75, 0.9, 1, 1.15, 1.3, 1.5];
const SLEEP_MINUTES = [5, 10, 20, 30];
const AT_CHAPTERS_END = "chapter";

interface PlayerBarProps {
    player: Player;
    story: StructuredStory;
    /** Address of the download. */
    file: string;
}

/** Plays the narration, at the foot of the window. */
export function PlayerBar({ player, story, file }: PlayerBarProps) {
    const { t } = useTranslation();
    const [isOpen, setOpen] = useState(false);
    const { time, duration, isPlaying } = player;
    return (
        <section className="player" aria-label={t("Narration")}>
            <div className="player-main">
                <button
                    type="button"
                    className="quiet round"
                    onClick={() => player.seek(time - BACK_SECONDS)}
                    aria-label={t("{{seconds}} seconds back", { seconds: BACK_SECONDS })}
                >
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M5 5v5h5M5.6 10A7.5 7.5 0 1 1 4.6 14" />
                        <text x="12" y="16.2">
                            {BACK_SECONDS}
                        </text>
                    </svg>
                </button>
                <button
                    type="button"
                    className="round play"
                    onClick={player.toggle}
                    aria-label={isPlaying ? t("Pause") : t("Play the narration")}
                >
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d={isPlaying ? "M8 5v14M16 5v14" : "M8 5l11 7-11 7z"} />
                    </svg>
                </button>
                <span className="clock">{formatTime(time)}</span>
                <input
                    type="range"
                    min={0}
                    max={Math.max(1, Math.ceil(duration))}
                    step={1}
                    value={Math.round(time)}
                    onChange={({ currentTarget: it }) => player.seek(Number(it.value))}
                    aria-label={t("Place in the narration")}
                    aria-valuetext={t("{{time}} of {{duration}}", {
                        time: formatTime(time),
                        duration: formatTime(duration),
                    })}
                />
                <span className="clock">{formatTime(duration)}</span>
                <button
                    type="button"
                    className="quiet round more"
                    onClick={() => setOpen(!isOpen)}
                    aria-expanded={isOpen}
                    aria-label={t("More controls")}
                >
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M5 8h9M18 8h1M5 16h1M10 16h9M16 6v4M8 14v4" />
                    </svg>
                </button>
            </div>
            <div className={isOpen ? "player-more open" : "player-more"}>
                <Chapters player={player} story={story} />
                <label>
                    <span>{t("Speed")}</span>
                    <select
                        value={player.rate}
                        onChange={({ currentTarget: it }) => player.changeRate(Number(it.value))}
                    >
                        {RATES.map((rate) => (
                            <option key={rate} value={rate}>
                                {rate.toLocaleString()}×
                            </option>
                        ))}
                    </select>
                </label>
                <SleepTimer player={player} story={story} />
                <a href={file} download className="button quiet">
                    {t("Save the audio")}
                </a>
            </div>
        </section>
    );
}

interface PartProps {
    player: Player;
    story: StructuredStory;
}

/** A menu to jump to a chapter. Hidden when the narration has no timeline. */
function Chapters({ player, story: { chapters } }: PartProps) {
    const { t } = useTranslation();
    if (player.cues.length === 0) {
        return null;
    }
    const firsts = firstLines(chapters);
    const goTo = (at: number) => {
        const cue = player.cues.find(({ line }) => line >= (firsts[at] ?? 1));
        if (cue) {
            player.seek(cue.at);
        }
    };
    return (
        <label className="chapter-choice">
            <span>{t("Chapter")}</span>
            <select
                value={chapterOf(chapters, player.heard ?? 1)}
                onChange={({ currentTarget: it }) => goTo(Number(it.value))}
            >
                {chapters.map((chapter, at) => (
                    <option key={chapter.chapter_number} value={at}>
                        {chapter.chapter_number}. {chapter.title}
                    </option>
                ))}
            </select>
        </label>
    );
}

function SleepTimer({ player, story: { chapters } }: PartProps) {
    const { t } = useTranslation();
    const { sleep, setSleep, heard, cues } = player;
    const minutes = sleep && "seconds" in sleep ? Math.ceil(sleep.seconds / 60) : undefined;
    const choices = [...new Set([...SLEEP_MINUTES, ...(minutes ? [minutes] : [])])].sort((one, other) => one - other);
    const nextChapter = firstLines(chapters)[chapterOf(chapters, heard ?? 1) + 1];
    function choose(value: string) {
        if (value === AT_CHAPTERS_END) {
            setSleep({ beforeLine: nextChapter ?? Number.POSITIVE_INFINITY });
        } else {
            setSleep(value === "" ? undefined : { seconds: Number(value) * 60 });
        }
    }
    return (
        <label>
            <span>{t("Sleep timer")}</span>
            <select
                value={sleep === undefined ? "" : (minutes ?? AT_CHAPTERS_END)}
                onChange={({ currentTarget: it }) => choose(it.value)}
            >
                <option value="">{t("Off")}</option>
                {choices.map((one) => (
                    <option key={one} value={one}>
                        {t("{{count}} minutes", { count: one })}
                    </option>
                ))}
                {cues.length > 0 && <option value={AT_CHAPTERS_END}>{t("At the chapter's end")}</option>}
            </select>
        </label>
    );
}
