/** Runs the command line of this process: its arguments, its signals, its exit code. */
import { exitCodes } from "./failure.ts";
import { runCommandLine } from "./program.ts";
import { stopOnSignals } from "./stopSignal.ts";
import { say } from "./terminal.ts";

// Whoever reads the output may have seen enough: `story42 logs agent | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? exitCodes.done : exitCodes.failed);
});
const signal = stopOnSignals(() => say("Stopping: what is under way is finished first. Once more ends at once."));
void runCommandLine(process.argv.slice(2), signal).then((code) => {
    // Connections that are kept alive would hold the process.
    process.stdout.write("", () => process.exit(code));
});
