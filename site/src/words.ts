/** A date for people. */
export function day(iso: string): string {
    return new Date(iso).toLocaleDateString(undefined, { dateStyle: "long" });
}
