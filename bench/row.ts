/** Measured figures and their limits: one or several, each with its unit, separated by commas. */
export interface Row {
    what: string;
    measured: string;
    /** A limit with a name (`p99 5 s`) applies to the figure of that name, one without to the figure at the same position. */
    limit: string;
}

/** Whether a row's figures are within its limits. Throws when they can't be compared. */
export function isWithin({ what, measured, limit }: Row): boolean {
    const figures = measured.split(", ").map(figureOf);
    return limit.split(", ").every((text, index) => {
        const bound = figureOf(text);
        const figure = bound.name ? figures.find(({ name }) => name === bound.name) : figures[index];
        if (figure === undefined || figure.unit !== bound.unit) {
            throw new Error(`${what}: ${measured} can't be held against ${limit}`);
        }
        return bound.isLeast ? figure.value >= bound.value : figure.value <= bound.value;
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

/** The median of several measurements. */
export function median(values: number[]): number {
    return quantile(values, 0.5);
}
