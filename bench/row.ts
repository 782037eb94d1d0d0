/** One measured figure and what it is held against. */
export interface Row {
    what: string;
    measured: string;
    limit: string;
}

/** The middle one of several measurements. */
export function median(values: number[]): number {
    return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
