/** Measured figures and what they are held against: one or several, each with its unit, separated by commas. */
export interface Row {
    what: string;
    measured: string;
    /** A figure with a name (`p99 5 s`) holds for the measured one of that name, another for the one in its place. */
    limit: string;
}

/** Whether a row's figures keep its limits. Throws when they can't be compared. */
export function isWithin({ what, measured, limit }: Row): boolean {
    const seen = measured.split(", ").map(figureOf);
    return limit.split(", ").every((text, at) => {
        const most = figureOf(text);
        const figure = most.name ? seen.find(({ name }) => name === most.name) : seen[at];
        if (figure === undefined || figure.unit !== most.unit) {
            throw new Error(`${what}: ${measured} can't be held against ${limit}`);
        }
        return most.isLeast ? figure.value >= most.value : figure.value <= most.value;
    });
}

function figureOf(text: string): { name?: string; isLeast: boolean; value: number; unit?: string } {
    const [, least, name, value, unit] = /^(at least )?(?:(p\d+) )?([\d.]+)(?: (\w+))?$/.exec(text) ?? [];
    return { name, isLeast: least !== undefined, value: Number(value), unit };
}

/** The measurement that a share of all, 0 to 1, does not exceed. */
export function quantile(values: number[], share: number): number {
    return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}

/** The middle one of several measurements. */
export function median(values: number[]): number {
    return quantile(values, 0.5);
}
