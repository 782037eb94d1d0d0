/** Engines and plugins whose command was killed: they end with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { endProcess, processesWith } from "../../automation/processes.ts";

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
 * Has {@link endEngines} done as soon as this process is gone, whatever ends it. It costs a shell that waits.
 *
 * @returns takes that back
 */
export function endEnginesAfterMe(stateDir: string): () => void {
    const script = join(import.meta.dirname, "endEngines.ts");
    // Who reads from this process reads to the end when it is gone.
    const waiting: ChildProcess = spawn(
        "sh",
        ["-c", 'cat > /dev/null; exec "$@"', "sh", process.execPath, script, stateDir],
        {
            detached: true,
            stdio: ["pipe", "ignore", "ignore"],
        },
    );
    // Where there is no shell, an engine ends by itself, some time.
    waiting.once("error", () => undefined);
    waiting.unref();
    (waiting.stdin as unknown as { unref(): void }).unref();
    return () => {
        if (waiting.pid !== undefined) {
            try {
                process.kill(-waiting.pid, "SIGKILL");
            } catch {
                // It has ended.
            }
        }
    };
}
