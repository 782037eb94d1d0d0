/** Lets a service continue when its output can't be written: on a full disk, or after its reader has ended. */
export function allowLostOutput(): void {
    for (const stream of [process.stdout, process.stderr]) {
        stream.on("error", () => undefined);
    }
}
