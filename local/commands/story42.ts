import { join } from "node:path";
import { root } from "../paths.ts";
import { runOnCloud } from "./pulumi.ts";

/**
 * Runs the command line `story42` on the stack of a local cloud that runs.
 *
 * @returns its exit code
 */
export async function story42(stateDir: string, args: string[]): Promise<number> {
    return await runOnCloud(stateDir, process.execPath, [join(root, "automation/cli/main.ts"), ...args]);
}
