/** Runs each deployment in its own process, which loads the current program and frees its memory at the end. */
import { spawn } from "node:child_process";
import { join } from "node:path";

/** A deployment failed; the message is its output. */
export class DeploymentError extends Error {
    override readonly name = "DeploymentError";
}

export interface DeploymentOptions {
    /** The project's folder. */
    root: string;
    /** Options of `npm run local`. */
    args: readonly string[];
    /** Show its output. Otherwise the output is part of the error. */
    show: boolean;
    signal: AbortSignal;
}

/** Runs `npm run local`, which also installs the packages of a changed lock file. */
export async function deploy({ root, args, show, signal }: DeploymentOptions): Promise<void> {
    const command = [join(root, "scripts/run.mjs"), "local/main.ts", "up", ...args];
    // In its own process group, so that Ctrl-C reaches only this process, which forwards it once.
    const child = spawn(process.execPath, command, {
        cwd: root,
        detached: true,
        stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (text) => {
            output += text;
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
        throw new DeploymentError(output.trimEnd() || `npm run local ended with ${code}`);
    }
}
