/** Casts the story: a voice of the speech API for each speaker. */

import * as z from "zod";
import { NARRATOR } from "../../../contract/story.ts";
import type { Voice } from "../../shared/tts.ts";
import type { StageContext } from "../pipeline/stage.ts";
import { type StructuredStory, speakersOf } from "../story.ts";

const answer = z.object({
    voices: z
        .array(z.object({ speaker: z.string().max(80), voice: z.string().max(200).describe("The id of a voice") }))
        .max(20),
});

/** Voices by speaker; every speaker has a voice, and every voice exists in the API. */
export async function castVoices(
    context: StageContext,
    story: StructuredStory,
    defaultVoice: string,
): Promise<Record<string, string>> {
    const speakers = speakersOf(story);
    const voices = await context.tools.voices();
    const fallback = assignVoices(speakers, voices, defaultVoice);
    if (voices.length === 0) {
        return fallback;
    }
    try {
        const cast = await context.agents.ask({
            agent: "voice",
            data: { title: story.title, speakers, voices: voices.slice(0, 100), narrator: context.choices.narrator_id },
            answer,
            signal: context.signal,
        });
        const known = new Set(voices.map((voice) => voice.id));
        const chosen = cast.voices.filter(({ speaker, voice }) => speakers.includes(speaker) && known.has(voice));
        return {
            ...fallback,
            ...Object.fromEntries(chosen.map(({ speaker, voice }) => [speaker, voice])),
            ...(context.choices.narrator_id ? { [NARRATOR]: context.choices.narrator_id } : {}),
        };
    } catch (error) {
        context.onUnavailable("The voices could not be matched to the characters; they are assigned in order.", error);
        return fallback;
    }
}

/** The default voice for the narrator, and the other voices in turn for the characters. */
export function assignVoices(speakers: string[], voices: Voice[], defaultVoice: string): Record<string, string> {
    const others = voices.map((voice) => voice.id).filter((id) => id !== defaultVoice);
    return Object.fromEntries(
        speakers.map((speaker, at) => [
            speaker,
            at === 0 || others.length === 0 ? defaultVoice : (others[(at - 1) % others.length] ?? defaultVoice),
        ]),
    );
}
