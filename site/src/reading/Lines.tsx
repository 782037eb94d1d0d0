import type { ReactNode } from "react";
import type { Line } from "../api.ts";

/** The speaker of all text that no character speaks. */
export const NARRATOR = "Narrator";
/** Number of speakers' colours, as in the style sheet. */
const COLOURS = 5;

interface LinesProps {
    lines: Line[];
    /** The number of the first of these lines in the story. */
    first: number;
    styleOf: (speaker: string) => string;
    /** The number of the line that is playing. */
    heard?: number;
    language?: string;
    /** Content after a line, by its number. */
    behind?: (number: number) => ReactNode;
}

/** Lines with their speakers; the playing line is highlighted. */
export function Lines({ lines, first, styleOf, heard, language, behind }: LinesProps) {
    return (
        <dl className="lines" lang={language}>
            {lines.map(({ speaker, text }, index) => {
                const number = first + index;
                const isHeard = number === heard;
                return (
                    <div
                        key={number}
                        data-line={number}
                        className={`line ${styleOf(speaker)}${isHeard ? " heard" : ""}`}
                        aria-current={isHeard || undefined}
                    >
                        <dt dir="auto" className={speaker === NARRATOR ? "unseen" : undefined}>
                            {speaker}
                        </dt>
                        <dd dir="auto">
                            {text}
                            {behind?.(number)}
                        </dd>
                    </div>
                );
            })}
        </dl>
    );
}

/** The style of each speaker, in the order in which they first speak. */
export function speakerStyles(lines: Line[]): (speaker: string) => string {
    const speakers = [...new Set(lines.map(({ speaker }) => speaker))].filter((speaker) => speaker !== NARRATOR);
    return (speaker) => (speaker === NARRATOR ? "narrator" : `speaker-${(speakers.indexOf(speaker) % COLOURS) + 1}`);
}
