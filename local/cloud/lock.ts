import { join } from "node:path";
import { takeLock } from "../lib/lock.ts";
import type { Screen } from "../lib/screen.ts";

/**
 * Locks a local cloud for this process.
 *
 * @returns releases the lock
 * @throws when another process has it
 */
export async function takeCloud(stateDir: string): Promise<() => void> {
    return await takeLock(join(stateDir, "lock"), ({ pid }) => {
        throw new Error(
            `Process ${pid} is at work on this local cloud. Wait for it, or end it, and run the command again.`,
        );
    });
}

/** Locks a local cloud; waits for a process that is starting or ending it, which takes seconds. */
export async function takeCloudInTurn(stateDir: string, screen: Screen, signal: AbortSignal): Promise<() => void> {
    const wait = ({ pid }: { pid: number }) =>
        screen.line(`Process ${pid} is starting or ending this local cloud; waiting for it.`);
    return await takeLock(join(stateDir, "lock"), wait, signal);
}
