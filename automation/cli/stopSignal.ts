import { exitCodes } from "./exitCodes.ts";

/** A Ctrl-C in a terminal arrives twice: from the terminal, and from a parent process that forwards it. */
const DUPLICATE_SIGNAL_MS = 500;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into a clean stop: the first aborts the signal, another ends the process at once.
 *
 * @param onStop is called once, at the first signal
 * @param onEnd is called before the process ends at once
 */
export function stopOnSignals(onStop: () => void, onEnd: () => void = () => {}): AbortSignal {
    const stop = new AbortController();
    let stoppedAt = 0;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => {
            if (stoppedAt === 0) {
                stoppedAt = Date.now();
                onStop();
                stop.abort();
            } else if (Date.now() - stoppedAt > DUPLICATE_SIGNAL_MS) {
                onEnd();
                process.exit(exitCodes.interrupted);
            }
        });
    }
    return stop.signal;
}
