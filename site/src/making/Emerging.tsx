import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { getStory, type StoryDetail } from "../api.ts";
import { allLines, firstLines } from "../reading/chapters.ts";
import { Lines, speakerStyles } from "../reading/Lines.tsx";

const POLL_MS = 5_000;

interface EmergingProps {
    id: string;
    /** How many agents are done: each leaves something behind. */
    after: number;
}

/** What there is already of a story that is being made: its name, its people, its chapters as they are written. */
export function Emerging({ id, after }: EmergingProps) {
    const { t } = useTranslation();
    const story = useSoFar(id, after);
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
                    // biome-ignore lint/suspicious/noArrayIndexKey: chapters have no other name than their place
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

/** Nobody waits for it, so what goes wrong is not told: it is asked for again. */
function useSoFar(id: string, after: number): StoryDetail | undefined {
    const [story, setStory] = useState<StoryDetail>();
    // biome-ignore lint/correctness/useExhaustiveDependencies: an agent that is done is a reason to look
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
