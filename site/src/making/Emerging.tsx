import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { getStory, type StoryDetail } from "../api.ts";
import { allLines, firstLines } from "../reading/chapters.ts";
import { Lines, speakerStyles } from "../reading/Lines.tsx";

const POLL_MS = 5_000;

interface EmergingProps {
    id: string;
    /** Number of finished agents, each of which adds a result. */
    after: number;
}

/** The parts of an unfinished story so far: its title, its characters, its chapters. */
export function Emerging({ id, after }: EmergingProps) {
    const { t } = useTranslation();
    const story = usePartialStory(id, after);
    const { plan, structured_story: written } = story ?? {};
    if (!plan) {
        return null;
    }
    const people = plan.characters;
    const chapters = written?.chapters ?? [];
    const styleOf = speakerStyles(allLines(chapters));
    const firsts = firstLines(chapters);
    return (
        <section className="emerging" aria-label={t("What there is already")}>
            <h2 dir="auto">{plan.title}</h2>
            {people.length > 0 && <p className="note">{t("With {{people}}", { people: people.join(", ") })}</p>}
            <ol>
                {plan.chapters.map(({ title }, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: chapters are identified by their position
                    <li key={index}>
                        <h3 dir="auto">{title}</h3>
                        {chapters[index] && (
                            <Lines lines={chapters[index].lines} first={firsts[index] ?? 1} styleOf={styleOf} />
                        )}
                    </li>
                ))}
            </ol>
        </section>
    );
}

/** The story so far. Errors are not shown, since it is polled. */
function usePartialStory(id: string, after: number): StoryDetail | undefined {
    const [story, setStory] = useState<StoryDetail>();
    // biome-ignore lint/correctness/useExhaustiveDependencies: a finished agent causes a new request
    useEffect(() => {
        const leaving = new AbortController();
        const look = () => getStory(id, leaving.signal).then(setStory, () => undefined);
        look();
        const timer = setInterval(look, POLL_MS);
        return () => {
            leaving.abort();
            clearInterval(timer);
        };
    }, [id, after]);
    return story;
}
