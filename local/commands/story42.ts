import { join } from "node:path";
import { execa } from "execa";
import { root } from "../lib/paths.ts";
import { UsageError } from "../lib/usageError.ts";
import { runOnCloud } from "./pulumi.ts";

/** Commands that would deploy without what the local cloud adds, or find nothing there, by what does the same here. */
const instead = new Map([
    ["up", "npm run local"],
    ["preview", "npm run local -- pulumi preview"],
    ["destroy", "npm run local:down"],
    ["adopt", "story42 adopt on a stack of your own; the local cloud deploys its stack itself"],
    ["logs", "npm run local:logs -- NAME: what runs here writes to files, not to CloudWatch Logs"],
]);
const telling = new Set(["outputs", "status"]);

/**
 * Runs the command line `story42` on the stack of a local cloud that runs.
 *
 * @returns its exit code
 * @throws {UsageError} for a command that does not work here, with what to use instead
 */
export async function story42(stateDir: string, args: string[]): Promise<number> {
    const [command = ""] = args;
    const line = [join(root, "automation/cli/main.ts"), ...args];
    if (command === "" || args.some((word) => ["--help", "-h", "--version"].includes(word))) {
        return (await execa(process.execPath, line, { stdio: "inherit", reject: false })).exitCode ?? 1;
    }
    const other = instead.get(command);
    if (other !== undefined) {
        throw new UsageError(`story42 ${command} does not work on the local stack. Use ${other}.`);
    }
    if (command === "status" && args.includes("--source")) {
        throw new UsageError(
            "story42 status --source does not work on the local stack. npm run local -- pulumi preview says what changed.",
        );
    }
    return await runOnCloud(stateDir, process.execPath, line, telling.has(command));
}
