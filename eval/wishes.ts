/** The wishes that every version of prompts and models is graded on: `wishes.json`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const wish = z.strictObject({
    /** A name for tables and for the job id. */
    id: z.string().regex(/^[a-z][a-z-]*$/),
    story_type: z.enum(["visual", "audio"]),
    genre: z.string(),
    /** The audience, in the wish's language. */
    reading_level: z.string(),
    tone: z.string(),
    number_of_speakers: z.int().min(1).max(4),
    panels: z.int().optional(),
    /** In minutes. */
    audio_length: z.int().optional(),
    /** The topic, in a person's words. */
    user_input_description: z.string(),
    /** The language of the wish and of its story, as in BCP 47. */
    language: z.string(),
});

export type Wish = z.output<typeof wish>;

export function readWishes(): Wish[] {
    return z.array(wish).parse(JSON.parse(readFileSync(join(import.meta.dirname, "wishes.json"), "utf8")));
}
