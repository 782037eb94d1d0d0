import { delimiter, join, resolve } from "node:path";
import { exitCodes } from "./exitCodes.ts";
import { type ListedCommand, runCommandLine } from "./program.ts";
import { stopOnSignals } from "./stopSignal.ts";
import { say } from "./terminal.ts";

/** The checkout's binaries, where `pulumi` is npm's wrapper, which would download its own command line. */
const CHECKOUT_BIN = join(import.meta.dirname, "../../node_modules/.bin");

/** A command that is a program of its own, with its own options, output and handling of signals. */
export interface OwnCommand extends ListedCommand {
    /** Returns the exit code. */
    run(args: string[]): Promise<number>;
}

/**
 * Runs the command line of this process, with its arguments and signals, and ends the process.
 *
 * @param more commands beside the driver's
 */
export async function runProcess(more: readonly OwnCommand[] = []): Promise<never> {
    const path = process.env.PATH?.split(delimiter) ?? [];
    process.env.PATH = path.filter((folder) => resolve(folder) !== CHECKOUT_BIN).join(delimiter);
    // A reader may close the pipe early: `story42 logs agent | head`.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        process.exit(error.code === "EPIPE" ? exitCodes.done : exitCodes.failed);
    });
    const [name, ...args] = process.argv.slice(2);
    const own = more.find((command) => command.name === name);
    if (own) {
        process.exit(await own.run(args));
    }
    const signal = stopOnSignals(() => say("Stopping: what is under way is finished first. Once more ends at once."));
    const code = await runCommandLine(process.argv.slice(2), signal, more);
    await new Promise((resolve) => process.stdout.write("", resolve));
    // Keep-alive connections would keep the process running.
    process.exit(code);
}
