import type { StoryLength } from "../../../contract/agentRoutes.ts";

/** Chapters, and words in each, for a length that a client names. */
export const SHAPES = {
    tiny: { chapters: 2, words: 150 },
    short: { chapters: 3, words: 180 },
    medium: { chapters: 5, words: 280 },
    long: { chapters: 8, words: 380 },
} as const satisfies Record<StoryLength, { chapters: number; words: number }>;
