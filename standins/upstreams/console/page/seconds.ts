/** A duration for display. */
export function seconds(milliseconds: number): string {
    return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
