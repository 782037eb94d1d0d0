/** Ends the engines and plugins of a command that was killed. */
import { join } from "node:path";
import { endProcess, processesWith, runAfterExit } from "../../automation/processes/processes.ts";

/** The variable by which a command's engine and its child processes are found; its value is the local cloud's folder. */
const VARIABLE = "STORY42_ENGINE";

/** Time that an engine has to finish its current operations. */
const STOP_TIMEOUT_MS = 6000;

/** For the engine's environment. */
export function engineMark(stateDir: string): Record<string, string> {
    return { [VARIABLE]: stateDir };
}

/** Ends what killed commands left: engines first, which may finish their operations, then plugins and other processes. */
export async function endEngines(stateDir: string): Promise<void> {
    const left = processesWith(VARIABLE).filter(({ value }) => value === stateDir);
    const end = (processes: typeof left, timeoutMs: number) =>
        Promise.all(processes.map(({ process }) => endProcess(process, timeoutMs)));
    await end(
        left.filter(({ program }) => program === "pulumi"),
        STOP_TIMEOUT_MS,
    );
    await end(left, 0);
}

/**
 * Runs {@link endEngines} as soon as this process has ended, for any reason.
 *
 * @returns cancels that
 */
export function endEnginesAfterMe(stateDir: string): () => void {
    return runAfterExit(join(import.meta.dirname, "endEngines.ts"), stateDir);
}
