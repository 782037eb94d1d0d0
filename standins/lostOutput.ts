/** Lets a service run on where what it writes goes nowhere: on a full disk, or when whoever read it is gone. */
export function allowLostOutput(): void {
    for (const output of [process.stdout, process.stderr]) {
        output.on("error", () => undefined);
    }
}
