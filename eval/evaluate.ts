/** The evaluation: every variant writes a story for every wish; each story is judged, and compared with the base variant's. */

import pLimit from "p-limit";
import type { BedrockRuntimeClient } from "../docker/shared/converse.ts";
import type { PictureMaker } from "../docker/shared/pictures.ts";
import type { ImagePrompts } from "../docker/story-image-regen/prompts.ts";
import { Judge, type Story } from "./judge.ts";
import { counted, type ModelClient, type Tokens } from "./models.ts";
import { illustrate, sectionsOf } from "./pictures.ts";
import { type Criterion, criterionNames, MAX_SCORE, type Scores } from "./rubric.ts";
import { spoilers } from "./spoil.ts";
import { type Estimate, estimate, mean, sumOf } from "./statistics.ts";
import type { Wish } from "./wishes.ts";
import type { Writer, Written } from "./writer.ts";

/** The graded combination of prompts and a model. */
export interface Variant {
    /** For tables. */
    name: string;
    /** Writes by the prompts. */
    write: Writer;
    /** Pictures are drawn by these. */
    imagePrompts: ImagePrompts;
    modelId: string;
}

export interface EvaluationOptions {
    wishes: readonly Wish[];
    /** The variant that the others are compared with: the deployed version. */
    base: Variant;
    variants: readonly Variant[];
    judgeModelId: string;
    client: ModelClient;
    /** Draws pictures, which are judged too. Default: there are none. */
    pictures?: PictureMaker;
    /** A different name gives different samples of the same prompts. */
    run: string;
    signal: AbortSignal;
    /** Called after each finished step with the count and the total. */
    onProgress: (done: number, of: number) => void;
}

/** The results of one variant. */
export interface Grade {
    name: string;
    modelId: string;
    /** Stories that keep the contract's rules, of those requested. */
    kept: number;
    asked: number;
    /** Why there is no story, by wish. */
    failures: Record<string, string>;
    /** The judge's mean by criterion, 1 to 5. */
    scores: Record<Criterion, number>;
    /**
     * The judge's mean for how well pictures fit their texts, 1 to 5, their count, and the comparison of the scores with the
     * base's. Undefined without pictures.
     */
    picture?: { mean: number; of: number; comparison?: Comparison };
    tokens: Tokens;
    comparison?: Comparison;
}

/** The comparison with the base: counts, and the mean preference from -1 to 1. Undefined for the base itself. */
export interface Comparison {
    better: number;
    alike: number;
    worse: number;
    preference: Estimate;
    verdict: Verdict;
}

/** `drop` and `gain` are significant: the confidence interval of the preference excludes zero. */
export type Verdict = "drop" | "gain" | "no change" | "too few wishes";

/** How reliable the judge is. */
export interface Reliability {
    /** Pairs of a story and its spoiled copy in which the judge preferred the story, by kind of spoiling; `of`: all pairs. */
    right: Record<string, number>;
    of: Record<string, number>;
    /** The share over all. */
    share: number;
    /** Unusable answers, of all that were requested. */
    nonsense: number;
    asked: number;
    reliable: boolean;
}

export interface Evaluation {
    judge: Reliability;
    /** The base first. */
    grades: Grade[];
}

/** Model calls at the same time. */
const CONCURRENCY = 4;
/** Stories that are spoiled in each way to test the judge, and pictures that get a spoiled text. */
const MAX_TRIALS = 4;
/** Stories of each variant that get a picture. */
const MAX_PICTURES = 12;
/** A judge is unreliable below this share of right answers about spoiled stories, or above that of unusable answers. */
const MIN_RIGHT_SHARE = 0.85;
const MAX_NONSENSE_SHARE = 0.1;
/** Of the interval: few wishes have one that is a little too narrow, and no more than one verdict of 20 may be chance. */
const CONFIDENCE = 0.99;
/** With fewer wishes the interval means nothing: three equal preferences have an interval of zero width. */
const MIN_WISHES = 10;

export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
    const { wishes, base, variants, signal } = options;
    const limit = pLimit(CONCURRENCY);
    const all = [base, ...variants];
    const kinds = Object.keys(spoilers);
    const visual = wishes.flatMap(({ story_type }, at) => (story_type === "visual" ? [at] : []));
    const pictured = options.pictures ? visual.slice(0, MAX_PICTURES) : [];
    // Writing and scoring for each variant, a comparison for all but the base, the judge's trials, and pictures: each is drawn
    // and judged, and the base's are judged for spoiled texts, too.
    const steps =
        wishes.length * (all.length * 2 + variants.length) +
        Math.min(MAX_TRIALS, wishes.length) * kinds.length +
        pictured.length * all.length +
        Math.min(MAX_TRIALS, pictured.length);
    let done = 0;
    let nonsense = 0;
    let asked = 0;
    const step = <Result>(work: () => Promise<Result>) =>
        limit(async () => {
            signal.throwIfAborted();
            const result = await work();
            options.onProgress(++done, steps);
            return result;
        });
    const judged = async <Result>(work: Promise<Result | undefined>) => {
        const result = await work;
        asked += 1;
        nonsense += result === undefined ? 1 : 0;
        return result;
    };

    const tokens = all.map((): Tokens => ({ in: 0, out: 0 }));
    const judge = new Judge(options.client as BedrockRuntimeClient, options.judgeModelId);
    const write = (variant: Variant, at: number) => {
        const client = counted(options.client, tokens[at] as Tokens);
        return Promise.all(
            wishes.map((wish) =>
                step(() => variant.write(client, variant.modelId, wish, `${options.run}-${at}`, signal)),
            ),
        );
    };
    const ofBase = await write(base, 0);
    const ofVariants = await Promise.all(
        variants.map((variant, at) => (illustratesOnly(variant, base) ? ofBase : write(variant, at + 1))),
    );
    const written = [ofBase, ...ofVariants];
    const scores = await Promise.all(
        written.map((stories) =>
            Promise.all(
                stories.map((story, at) =>
                    step(async () =>
                        isStory(story) ? judged(judge.scores(wishes[at] as Wish, story, signal)) : undefined,
                    ),
                ),
            ),
        ),
    );
    const preferences = await Promise.all(
        ofVariants.map((stories) =>
            Promise.all(
                stories.map((story, at) =>
                    step(() => prefer(judge, wishes[at] as Wish, ofBase[at] as Written, story, judged, signal)),
                ),
            ),
        ),
    );
    const trials = wishes
        .flatMap((wish, at) => {
            const story = ofBase[at];
            return story && isStory(story) ? [{ wish, story, score: sumOf(scores[0]?.[at] ?? {}) }] : [];
        })
        // A story that is bad already can't be distinguished from its spoiled copy.
        .sort((a, b) => b.score - a.score);
    const right: Record<string, number> = {};
    const of: Record<string, number> = {};
    await Promise.all(
        trials.slice(0, MAX_TRIALS).flatMap(({ wish, story }) =>
            kinds.map((kind) =>
                step(async () => {
                    const spoiled = spoilers[kind]?.(story) as Story;
                    const preference = await judged(judge.prefers(wish, spoiled, story, signal));
                    of[kind] = (of[kind] ?? 0) + 1;
                    right[kind] = (right[kind] ?? 0) + ((preference ?? 0) > 0 ? 1 : 0);
                }),
            ),
        ),
    );
    const { pictures } = options;
    const illustrated = async (story: Written | undefined, { imagePrompts }: Variant) => {
        const drawn =
            pictures && story && isStory(story) ? await illustrate(pictures, imagePrompts, story, signal) : undefined;
        return drawn && { ...drawn, fit: await judged(judge.fits(drawn, signal)) };
    };
    const illustrations = await Promise.all(
        all.map((variant, of) =>
            Promise.all(pictured.map((at) => step(() => illustrated(written[of]?.[at], variant)))),
        ),
    );
    const fits = illustrations.map((drawn) => drawn.map((one) => one?.fit));
    // The same picture must fit a spoiled text worse; one that fits its own text badly can't.
    const best = (illustrations[0] ?? [])
        .filter((one) => one !== undefined)
        .sort((a, b) => (b.fit ?? 0) - (a.fit ?? 0))
        .slice(0, MAX_TRIALS);
    await Promise.all(
        best.map(({ story, picture, fit }) =>
            step(async () => {
                const [text = ""] = sectionsOf(spoilers.wish?.(story) as Story);
                const spoiled = await judged(judge.fits({ text, picture }, signal));
                of.picture = (of.picture ?? 0) + 1;
                right.picture = (right.picture ?? 0) + ((fit ?? 0) > (spoiled ?? MAX_SCORE) ? 1 : 0);
            }),
        ),
    );
    const share = sumOf(of) === 0 ? 0 : sumOf(right) / sumOf(of);
    const reliable = share >= MIN_RIGHT_SHARE && nonsense <= asked * MAX_NONSENSE_SHARE;
    return {
        judge: { right, of, share, nonsense, asked, reliable },
        grades: all.map(({ name, modelId }, at) => {
            const stories = written[at] ?? [];
            const preferred = at === 0 ? undefined : (preferences[at - 1] ?? []);
            return {
                name,
                modelId,
                kept: stories.filter(isStory).length,
                asked: stories.length,
                failures: failuresOf(wishes, stories),
                scores: meansOf(scores[at] ?? []),
                ...(options.pictures ? { picture: pictureScore(fits[at] ?? [], at === 0 ? undefined : fits[0]) } : {}),
                tokens: tokens[at] as Tokens,
                ...(preferred ? { comparison: compared(preferred) } : {}),
            };
        }),
    };
}

function isStory(written: Written): written is Story {
    return !("failure" in written);
}

/** Whether a variant differs from the base by the prompts of pictures alone: it illustrates the base's stories. */
function illustratesOnly({ write, modelId, imagePrompts }: Variant, base: Variant): boolean {
    return write === base.write && modelId === base.modelId && imagePrompts !== base.imagePrompts;
}

/** A missing story is worse than any story; two missing ones are alike, and so is a story and itself. */
async function prefer(
    judge: Judge,
    wish: Wish,
    base: Written,
    story: Written,
    judged: (work: Promise<number | undefined>) => Promise<number | undefined>,
    signal: AbortSignal,
): Promise<number | undefined> {
    if (base === story) {
        return 0;
    }
    if (isStory(base) && isStory(story)) {
        return judged(judge.prefers(wish, base, story, signal));
    }
    return isStory(base) === isStory(story) ? 0 : isStory(story) ? 1 : -1;
}

function compared(answers: readonly (number | undefined)[]): Comparison {
    const preferences = answers.filter((one) => one !== undefined);
    const preference = estimate(preferences, CONFIDENCE);
    return {
        better: preferences.filter((one) => one > 0).length,
        alike: preferences.filter((one) => one === 0).length,
        worse: preferences.filter((one) => one < 0).length,
        preference,
        verdict: verdictOf(preference),
    };
}

function verdictOf({ low, high, of }: Estimate): Verdict {
    if (of < MIN_WISHES) {
        return "too few wishes";
    }
    return high < 0 ? "drop" : low > 0 ? "gain" : "no change";
}

function failuresOf(wishes: readonly Wish[], stories: readonly Written[]): Record<string, string> {
    return Object.fromEntries(
        stories.flatMap((story, at) => (isStory(story) ? [] : [[wishes[at]?.id ?? String(at), story.failure]])),
    );
}

function pictureScore(
    fits: readonly (number | undefined)[],
    ofBase: readonly (number | undefined)[] | undefined,
): NonNullable<Grade["picture"]> {
    const scored = fits.filter((fit) => fit !== undefined);
    const differences = fits.map((fit, at) => {
        const before = ofBase?.[at];
        return fit === undefined || before === undefined ? undefined : (fit - before) / (MAX_SCORE - 1);
    });
    return { mean: mean(scored), of: scored.length, ...(ofBase ? { comparison: compared(differences) } : {}) };
}

function meansOf(answers: readonly (Scores | undefined)[]): Record<Criterion, number> {
    const scores = answers.filter((one) => one !== undefined);
    return Object.fromEntries(criterionNames.map((name) => [name, mean(scores.map((one) => one[name]))])) as Record<
        Criterion,
        number
    >;
}
