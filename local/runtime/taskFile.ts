/** The file of the agent service's processes, by which they are ended when the runtime was killed. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { endProcess, identify, type ProcessIdentity, processesWith } from "../../automation/processes/processes.ts";
import { readJson, writeJson } from "../lib/files.ts";

/** The variable by which a task is found without the file; its value is the local cloud's folder. */
const VARIABLE = "STORY42_TASK_OF";

const fileIn = (stateDir: string) => join(stateDir, "pids", "tasks.json");

/** For a task's environment. */
export function taskMark(stateDir: string): Record<string, string> {
    return { [VARIABLE]: stateDir };
}

/** Writes the running processes to the file. */
export function keepTasks(stateDir: string, pids: number[]): void {
    writeJson(
        fileIn(stateDir),
        pids.flatMap((pid) => identify(pid) ?? []),
    );
}

/** The running tasks of a local cloud, whether or not they are in the file. */
export function runningTasks(stateDir: string): ProcessIdentity[] {
    return processesWith(VARIABLE)
        .filter(({ value }) => value === stateDir)
        .map(({ process }) => process);
}

/** Ends the tasks that a killed runtime left. */
export async function endLeftTasks(stateDir: string): Promise<void> {
    const kept = readJson<ProcessIdentity[]>(fileIn(stateDir)) ?? [];
    await Promise.all([...kept, ...runningTasks(stateDir)].map((task) => endProcess(task)));
    rmSync(fileIn(stateDir), { force: true });
}
