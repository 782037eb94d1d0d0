/** The usage of stories and its limits: names that services, functions, the site and the command line share. */
import * as z from "zod";

/**
 * The counters of paid calls. `image_tokens` are those of pictures that a model draws; `unmetered` are calls that ended without
 * reporting their usage, `unpriced` those whose price is unknown, and neither is in `nano_usd`.
 */
export const COUNTERS = [
    "calls",
    "input_tokens",
    "output_tokens",
    "image_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "pictures",
    "speech_ms",
    "searches",
    "compute_ms",
    "unmetered",
    "unpriced",
    "nano_usd",
] as const;
export type Counter = (typeof COUNTERS)[number];
export type Counters = Record<Counter, number>;

/** The usage that one call reports. */
export type Used = Partial<Omit<Counters, "calls" | "unmetered" | "unpriced" | "nano_usd">>;

/** A row of the ledger: the usage of a model by a story of a person on a day (UTC, as YYYY-MM-DD). */
export interface LedgerRow extends Counters {
    user_id: string;
    story: string;
    day: string;
    model: string;
    /** The versions of the prompts by which its calls were made. */
    prompt_versions: string[];
    /** Calls that have begun and not ended; a task that died leaves them open. */
    open: number;
}

/** The services besides models, by their names in the ledger and the prices. */
export const SERVICES = {
    speech: "speech",
    brave: "brave",
    duckDuckGo: "duckduckgo",
    /** Functions, by their processor. */
    compute: { x64: "lambda-x64", arm64: "lambda-arm64" },
} as const;

/** Billionths in a USD: the ledger counts whole numbers of them, so that sums are exact. */
export const NANO_USD = 1_000_000_000;

export const ZERO_USAGE: Counters = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Counters;

/** The sum of rows. */
export function sumOf(rows: readonly Partial<Counters>[]): Counters {
    return Object.fromEntries(
        COUNTERS.map((name) => [name, rows.reduce((sum, row) => sum + (row[name] ?? 0), 0)]),
    ) as Counters;
}

type TokenCounter = Extract<Counter, `${string}_tokens`>;
const TOKEN_COUNTERS = COUNTERS.filter((name): name is TokenCounter => name.endsWith("_tokens"));

/** All tokens, of whatever kind. */
export function tokensOf(counters: Pick<Counters, TokenCounter>): number {
    return TOKEN_COUNTERS.reduce((sum, name) => sum + counters[name], 0);
}

/** The day of a moment, and its month, in UTC. */
export const dayOf = (at: Date) => at.toISOString().slice(0, 10);
export const monthOf = (at: Date) => at.toISOString().slice(0, 7);

/** The usage of a story, in the story's data. */
export const storyUsage = z
    .object({
        usd: z.number().meta({ description: "Of the calls whose price is known" }),
        unpriced_calls: z.int().meta({ description: "Calls whose price is unknown; they are not in usd" }),
        unmetered_calls: z.int().meta({ description: "Calls that ended without saying what they used" }),
        calls: z.int(),
        input_tokens: z.int(),
        output_tokens: z.int(),
        image_tokens: z.int(),
        cache_read_tokens: z.int(),
        cache_write_tokens: z.int(),
        pictures: z.int(),
        speech_seconds: z.number(),
        searches: z.int(),
        compute_seconds: z.number(),
    })
    .meta({ description: "What was used for the story; not there where nothing is counted" });
export type StoryUsage = z.infer<typeof storyUsage>;

/** Converts sums to the form in a story's data. */
export function usageOf(sum: Counters): StoryUsage {
    const { nano_usd, unpriced, unmetered, speech_ms, compute_ms, ...others } = sum;
    return {
        ...others,
        usd: nano_usd / NANO_USD,
        unpriced_calls: unpriced,
        unmetered_calls: unmetered,
        speech_seconds: speech_ms / 1_000,
        compute_seconds: compute_ms / 1_000,
    };
}

/** The bounds of a person, the stack or a run, by name: 0 is no bound. */
export const bounds = z.object({
    dailyStoriesPerPerson: z.int().min(0).default(0),
    monthlyStoriesPerPerson: z.int().min(0).default(0),
    dailyUsdPerPerson: z.int().min(0).default(0),
    monthlyUsdPerPerson: z.int().min(0).default(0),
    dailyUsd: z.int().min(0).default(0),
    tokensPerRun: z.int().min(0).default(0),
    usdPerRun: z.int().min(0).default(0),
    turnsPerRun: z.int().min(0).default(0),
    secondsPerRun: z.int().min(0).default(0),
});
export type Bounds = z.infer<typeof bounds>;
export type BoundName = keyof Bounds;

/** The bound that is reached, in an answer with 429 and in a run's last event. */
export const reachedBound = z
    .object({
        name: z.enum(Object.keys(bounds.shape) as [BoundName, ...BoundName[]]),
        limit: z.number(),
        left: z.number().meta({ description: "In the bound's unit" }),
        resets_at: z
            .string()
            .optional()
            .meta({ description: "When it starts anew, ISO 8601; a run's bound does with the next run" }),
    })
    .meta({ description: "Of 429, where a bound of what may be used is reached" });
export type ReachedBound = z.infer<typeof reachedBound>;
