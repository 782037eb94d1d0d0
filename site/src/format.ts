/** A date for people. */
export function formatDay(iso: string): string {
    return new Date(iso).toLocaleDateString(undefined, { dateStyle: "long" });
}

/** A number of things, such as `1 chapter` and `3 chapters`. */
export function formatCount(number: number, one: string): string {
    return `${number} ${number === 1 ? one : `${one}s`}`;
}
