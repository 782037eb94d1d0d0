import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Whether the holder of a lock (of a backend in a folder or bucket) is known to have ended: a killed process of this
 * machine.
 *
 * @param by as such a backend says it: `user@host (pid 42)`
 */
export function isDead(by: string): boolean {
    const pid = pidHere(by);
    return pid !== undefined && !isEngine(pid);
}

/**
 * Whether the holder of such a lock is known to run: an engine of this machine.
 *
 * @param by as such a backend says it: `user@host (pid 42)`
 */
export function isAtWorkHere(by: string): boolean {
    const pid = pidHere(by);
    return pid !== undefined && isEngine(pid);
}

/** The process id of a lock's holder, if it is on this machine. */
function pidHere(by: string): number | undefined {
    const [, host, pid] = /^[^@]*@(.+) \(pid (\d+)\)$/.exec(by) ?? [];
    return host === hostname() ? Number(pid) : undefined;
}

/** Whether a process is a running engine; outside of Linux, any process with that id counts as one. */
export function isEngine(pid: number): boolean {
    if (process.platform === "linux") {
        try {
            return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi");
        } catch {
            return false;
        }
    }
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
}
