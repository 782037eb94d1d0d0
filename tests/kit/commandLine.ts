import { readFileSync } from "node:fs";

/** A process's command line; empty once it has ended. Linux only. */
export function commandLineOf(pid: number): string {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
        return "";
    }
}
