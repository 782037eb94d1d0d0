/** A date for people. */
export function day(iso: string): string {
    return new Date(iso).toLocaleDateString(undefined, { dateStyle: "long" });
}

/** A number of things, such as `1 chapter` and `3 chapters`. */
export function counted(number: number, one: string): string {
    return `${number} ${number === 1 ? one : `${one}s`}`;
}
