/** Prepares the narration: the pieces of the script, the pauses, the expected length. */
import * as z from "zod";
import { cut, type Pauses, PLAIN_PAUSES, secondsOf } from "../narration/script.ts";
import type { StageContext } from "../pipeline/stage.ts";
import { type StructuredStory, speakersOf } from "../story.ts";

const answer = z.object({
    line_pause_seconds: z.number().min(0).max(2),
    chapter_pause_seconds: z.number().min(0).max(5),
});

export interface NarrationPlan {
    pieces: number;
    speakers: string[];
    estimated_seconds: number;
    pauses: Pauses;
}

export async function planNarration(context: StageContext, story: StructuredStory): Promise<NarrationPlan> {
    const pieces = cut(story);
    const speakers = speakersOf(story).filter((name) => pieces.some((piece) => piece.speaker === name));
    const pauses = await choosePauses(context, story, speakers, pieces.length);
    return { pieces: pieces.length, speakers, estimated_seconds: Math.round(secondsOf(pieces, pauses)), pauses };
}

async function choosePauses(
    context: StageContext,
    story: StructuredStory,
    speakers: string[],
    pieces: number,
): Promise<Pauses> {
    try {
        const { tone_style, target_audience } = context.request;
        const chosen = await context.agents.ask({
            agent: "audio",
            data: {
                title: story.title,
                chapters: story.chapters.length,
                speakers,
                pieces,
                tone_style,
                target_audience,
            },
            answer,
            signal: context.signal,
        });
        return { line: chosen.line_pause_seconds, chapter: chosen.chapter_pause_seconds };
    } catch (error) {
        context.onUnavailable(
            "The pauses could not be fitted to the story; the narration uses the standard ones.",
            error,
        );
        return PLAIN_PAUSES;
    }
}
