/** Which processes of the agent service run, kept beside the runtime: they must not outlive one that was killed. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endProcess, identify, type ProcessIdentity } from "../processes.ts";

const fileIn = (stateDir: string) => join(stateDir, "pids", "tasks.json");

/** Keeps the processes that run now. */
export function keepTasks(stateDir: string, pids: number[]): void {
    writeFileSync(fileIn(stateDir), JSON.stringify(pids.flatMap((pid) => identify(pid) ?? [])));
}

/** Ends what a runtime left that could not do it itself. */
export async function endLeftTasks(stateDir: string): Promise<void> {
    let left: ProcessIdentity[];
    try {
        left = JSON.parse(readFileSync(fileIn(stateDir), "utf8"));
    } catch {
        // None was ever started, or the disk was full when one was.
        return;
    }
    await Promise.all(left.map((task) => endProcess(task)));
    rmSync(fileIn(stateDir), { force: true });
}
