/** Deployments, each in a process of its own: it has the program as it is then, and its memory goes with it. */
import { spawn } from "node:child_process";
import { join } from "node:path";

/** A deployment did not come to its end; the message is what it said. */
export class DeploymentError extends Error {
    override readonly name = "DeploymentError";
}

export interface DeploymentOptions {
    /** The project's folder. */
    root: string;
    /** Options of `npm run local`. */
    args: readonly string[];
    /** Show what it says. Otherwise it is part of the error. */
    show: boolean;
    signal: AbortSignal;
}

/** Runs `npm run local`, which also installs the packages that a lock file names now. */
export async function deploy({ root, args, show, signal }: DeploymentOptions): Promise<void> {
    const command = [join(root, "scripts/run.mjs"), "local/main.ts", "up", ...args];
    // In a group of its own: Ctrl-C is this process's, which passes it on once.
    const child = spawn(process.execPath, command, {
        cwd: root,
        detached: true,
        stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    let said = "";
    for (const output of [child.stdout, child.stderr]) {
        output?.on("data", (text) => {
            said += text;
        });
    }
    const stop = () => child.kill("SIGINT");
    signal.addEventListener("abort", stop, { once: true });
    const code = await new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
    });
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    if (code !== 0) {
        throw new DeploymentError(said.trimEnd() || `npm run local ended with ${code}`);
    }
}
