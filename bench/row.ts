/** One measured figure and what it is held against. */
export interface Row {
    what: string;
    measured: string;
    limit: string;
}

/** The measurement that a share of all, 0 to 1, does not exceed. */
export function quantile(values: number[], share: number): number {
    return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}

/** The middle one of several measurements. */
export function median(values: number[]): number {
    return quantile(values, 0.5);
}
