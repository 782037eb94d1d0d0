/** Which processes of the agent service run, kept beside the runtime: they must not outlive one that was killed. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { endProcess, identify, type ProcessIdentity, processesWith } from "../../automation/processes/processes.ts";
import { readJson, writeJson } from "../lib/files.ts";

/** The variable by which a task is found whose file was lost; it names the local cloud's folder. */
const VARIABLE = "STORY42_TASK_OF";

const fileIn = (stateDir: string) => join(stateDir, "pids", "tasks.json");

/** For a task's environment. */
export function taskMark(stateDir: string): Record<string, string> {
    return { [VARIABLE]: stateDir };
}

/** Keeps the processes that run now. */
export function keepTasks(stateDir: string, pids: number[]): void {
    writeJson(
        fileIn(stateDir),
        pids.flatMap((pid) => identify(pid) ?? []),
    );
}

/** Ends what a runtime left that could not do it itself. */
export async function endLeftTasks(stateDir: string): Promise<void> {
    const kept = readJson<ProcessIdentity[]>(fileIn(stateDir)) ?? [];
    const found = processesWith(VARIABLE).filter(({ value }) => value === stateDir);
    await Promise.all([...kept, ...found.map(({ process }) => process)].map((task) => endProcess(task)));
    rmSync(fileIn(stateDir), { force: true });
}
