import type { StoryLength } from "../../../contract/agentRoutes.ts";

/** Number of chapters, and words per chapter, by a client's `length`. */
export const SHAPES = {
    tiny: { chapters: 2, words: 150 },
    short: { chapters: 3, words: 180 },
    medium: { chapters: 5, words: 280 },
    long: { chapters: 8, words: 380 },
} as const satisfies Record<StoryLength, { chapters: number; words: number }>;
