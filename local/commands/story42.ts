import { join } from "node:path";
import { execa } from "execa";
import { root } from "../lib/paths.ts";
import { UsageError } from "../lib/usageError.ts";
import { runOnCloud } from "./pulumi.ts";

/** Commands that do not work on the local stack, with their replacement here. */
const replacements = new Map([
    ["up", "npm run local"],
    ["preview", "npm run local -- pulumi preview"],
    ["destroy", "npm run local:down"],
    ["dev", "npm run dev"],
    ["adopt", "story42 adopt on a stack of your own; the local cloud deploys its stack itself"],
    ["logs", "npm run local:logs -- NAME: what runs here writes to files, not to CloudWatch Logs"],
]);
const printingOutputs = new Set(["outputs", "status"]);

/**
 * Runs the command line `story42` on the stack of a running local cloud.
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
    const other = replacements.get(command);
    if (other !== undefined) {
        throw new UsageError(`story42 ${command} does not work on the local stack. Use ${other}.`);
    }
    if (command === "status" && args.includes("--source")) {
        throw new UsageError(
            "story42 status --source does not work on the local stack. npm run local -- pulumi preview says what changed.",
        );
    }
    return await runOnCloud(stateDir, process.execPath, line, printingOutputs.has(command));
}
