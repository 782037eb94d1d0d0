/** The times of a story's lines in its narration. */
import type { AgentCalls } from "../../../contract/agentRoutes.ts";

type Timeline = NonNullable<AgentCalls["get /api/v1/audio/status/{id}"]["data"]["timeline"]>;
type Line = Pick<Timeline[number], "speaker" | "text">;

/** When a line is heard, in seconds; `line` is its number in the story. */
export interface Cue {
    line: number;
    at: number;
    until: number;
}

/**
 * The times of the lines in a narration, whose parts may contain several lines, or a piece of one: within a part, time is
 * proportional to the characters. A line that was changed after its recording has no cue.
 */
export function cuesOf(lines: Line[], timeline: Timeline): Cue[] {
    const parts: (Timeline[number] & { from: number })[] = [];
    let said = "";
    for (const part of timeline) {
        parts.push({ ...part, from: said.length });
        said += `${plain(part.text)} `;
    }
    const partAt = (character: number) => parts.findLast(({ from }) => from <= character);
    const timeAt = (character: number, { from, at, seconds, text }: (typeof parts)[number]) =>
        at + ((character - from) / Math.max(1, plain(text).length)) * seconds;
    const cues: Cue[] = [];
    let behind = 0;
    for (const [index, { text, speaker }] of lines.entries()) {
        const words = plain(text);
        const found = said.indexOf(words, behind);
        const [first, last] = [partAt(found), partAt(found + words.length - 1)];
        if (found < 0 || !first || !last || first.speaker !== speaker) {
            continue;
        }
        behind = found + words.length;
        cues.push({ line: index + 1, at: timeAt(found, first), until: timeAt(behind, last) });
    }
    return cues;
}

/** The line that is playing at this time; undefined before the first line. */
export function lineAt(cues: Cue[], seconds: number): number | undefined {
    return cues.findLast(({ at }) => at <= seconds)?.line;
}

const plain = (text: string) => text.replaceAll(/\s+/g, " ").trim();
