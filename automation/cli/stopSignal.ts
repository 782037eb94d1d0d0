import { exitCodes } from "./exitCodes.ts";

/** A Ctrl-C in a terminal comes twice: from the terminal, and passed on by a process that started this one. */
const SAME_SIGNAL_MS = 500;

/**
 * Turns Ctrl-C, and being asked to end, into a clean stop: the first aborts, another ends the process at once.
 *
 * @param onStop is called once, as the first comes
 * @param onEnd is called before the process ends at once
 */
export function stopOnSignals(onStop: () => void, onEnd: () => void = () => {}): AbortSignal {
    const stop = new AbortController();
    let askedAt = 0;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => {
            if (askedAt === 0) {
                askedAt = Date.now();
                onStop();
                stop.abort();
            } else if (Date.now() - askedAt > SAME_SIGNAL_MS) {
                onEnd();
                process.exit(exitCodes.interrupted);
            }
        });
    }
    return stop.signal;
}
