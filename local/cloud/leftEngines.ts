/** Engines and plugins whose command was killed: they end with it. */
import { join } from "node:path";
import { endProcess, processesWith, runAfterExit } from "../../automation/processes/processes.ts";

/** The variable by which the engine of a command and all that it starts are found; it names the local cloud's folder. */
const VARIABLE = "STORY42_ENGINE";

/** How long an engine may take to finish what it is at. */
const PATIENCE_MS = 6000;

/** For the engine's environment. */
export function engineMark(stateDir: string): Record<string, string> {
    return { [VARIABLE]: stateDir };
}

/** Ends what commands have left, if anything: engines first, which may finish what they are at, then plugins and the like. */
export async function endEngines(stateDir: string): Promise<void> {
    const left = processesWith(VARIABLE).filter(({ value }) => value === stateDir);
    const end = (which: typeof left, patienceMs: number) =>
        Promise.all(which.map(({ process }) => endProcess(process, patienceMs)));
    await end(
        left.filter(({ program }) => program === "pulumi"),
        PATIENCE_MS,
    );
    await end(left, 0);
}

/**
 * Has {@link endEngines} done as soon as this process is gone, whatever ends it.
 *
 * @returns takes that back
 */
export function endEnginesAfterMe(stateDir: string): () => void {
    return runAfterExit(join(import.meta.dirname, "endEngines.ts"), stateDir);
}
