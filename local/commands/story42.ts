import { join } from "node:path";
import { root } from "../paths.ts";
import { runOnCloud } from "./pulumi.ts";

/** Commands that would deploy without what the local cloud adds, by what does the same here. */
const instead = new Map([
    ["up", "npm run local"],
    ["preview", "npm run local -- pulumi preview"],
    ["destroy", "npm run local:down"],
    ["adopt", "story42 adopt on a stack of your own; the local cloud deploys its stack itself"],
]);

/**
 * Runs the command line `story42` on the stack of a local cloud that runs.
 *
 * @returns its exit code
 * @throws for a command that deploys, with what to use instead
 */
export async function story42(stateDir: string, args: string[]): Promise<number> {
    const [command = ""] = args;
    const other = instead.get(command);
    if (other !== undefined) {
        throw new Error(`story42 ${command} does not work on the local stack. Use ${other}.`);
    }
    return await runOnCloud(stateDir, process.execPath, [join(root, "automation/cli/main.ts"), ...args]);
}
