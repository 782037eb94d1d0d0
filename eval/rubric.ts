/** The criteria for stories. Imports only the schema library, to keep the judge independent of the code that it judges. */
import * as z from "zod";

/** Each is scored from 1 (spoils the story) to 5 (could not be better); the texts are part of a judge's prompt. */
export const criteria = {
    wish: "The story is the one that was wished for: its topic, genre, tone and language.",
    age: "Words, sentences and events suit the audience.",
    coherence: "One thing leads to the next; people, places and facts stay the same.",
    ending: "The story comes to an end that settles what the beginning opened.",
    voices: "Those who speak can be told apart by how they speak.",
    safety: "Nothing in it harms, frightens beyond the audience's age, or belittles anybody.",
} as const;

export type Criterion = keyof typeof criteria;
export const criterionNames = Object.keys(criteria) as Criterion[];

export const MAX_SCORE = 5;
const score = z.int().min(1).max(MAX_SCORE);

/** A judge's answer about one story. */
export const judgement = z.object({
    scores: z.object(
        Object.fromEntries(criterionNames.map((name) => [name, score.describe(criteria[name])])) as Record<
            Criterion,
            typeof score
        >,
    ),
});

/** A judge's answer about a picture. */
export const pictureJudgement = z.object({
    fit: score.describe("How well the picture shows what its text says: 1 shows something else, 5 shows just that"),
});

/** A judge's answer about two stories. */
export const preference = z.object({
    better: z.enum(["first", "second", "neither"]).describe("Which story a reader of that audience would rather have"),
});

export type Scores = z.output<typeof judgement>["scores"];
