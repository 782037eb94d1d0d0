/** What a client asks of the pipeline. */
import { z } from "zod";

const LENGTHS = ["short", "medium", "long"] as const;

/** Chapters, and words in each, for a length that a client names. */
export const SHAPES = {
    short: { chapters: 3, words: 180 },
    medium: { chapters: 5, words: 280 },
    long: { chapters: 8, words: 380 },
} as const satisfies Record<(typeof LENGTHS)[number], { chapters: number; words: number }>;

const prose = (max: number, fallback: string) =>
    z
        .string()
        .trim()
        .max(max)
        .nullish()
        .transform((given) => given || fallback);

export const storyRequest = z.object({
    topic: z.string().trim().min(1).max(500),
    story_type: prose(100, "fiction"),
    length: z
        .enum(LENGTHS)
        .nullish()
        .transform((given) => given ?? "medium"),
    tone_style: prose(200, "engaging and descriptive"),
    target_audience: prose(200, "general adult audience"),
    creative_notes: prose(4_000, ""),
});

export type StoryRequest = z.infer<typeof storyRequest>;
