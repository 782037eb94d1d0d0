/** Confidence intervals of means of few numbers. */

/** A mean with its confidence interval. */
export interface Estimate {
    mean: number;
    low: number;
    high: number;
    /** The count of numbers. */
    of: number;
}

const RESAMPLES = 2_000;

/**
 * The mean of one number per wish, with its confidence interval for similar wishes:
 * percentile bootstrap over the wishes (Efron and Tibshirani, "An Introduction to the Bootstrap", 13). Equal numbers get
 * equal intervals.
 */
export function estimate(numbers: readonly number[], confidence = 0.95): Estimate {
    const random = generator(numbers.length);
    const means = Array.from({ length: RESAMPLES }, () =>
        mean(numbers.map(() => numbers[Math.floor(random() * numbers.length)] ?? 0)),
    ).sort((a, b) => a - b);
    const at = (share: number) => means[Math.min(RESAMPLES - 1, Math.floor(share * RESAMPLES))] ?? 0;
    return { mean: mean(numbers), low: at((1 - confidence) / 2), high: at((1 + confidence) / 2), of: numbers.length };
}

export function mean(numbers: readonly number[]): number {
    return numbers.length === 0 ? 0 : sumOf(numbers) / numbers.length;
}

/** The sum of numbers, or of the values of an object. */
export function sumOf(numbers: readonly number[] | Readonly<Record<string, number>>): number {
    return Object.values(numbers).reduce((sum, one) => sum + one, 0);
}

/** Pseudo-random numbers from 0 to 1, equal for equal seeds (mulberry32). */
function generator(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}
