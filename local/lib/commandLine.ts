import { type Command, CommanderError } from "commander";
import { stopOnSignals } from "../../automation/cli/stopSignal.ts";
import { SettingsError } from "../../stacks/checkSettings.ts";
import { Screen } from "./screen.ts";
import { UsageError } from "./usageError.ts";

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

/** The context of a command. */
export interface CommandContext {
    screen: Screen;
    /** Aborts when the person wants to stop. */
    signal: AbortSignal;
}

/** Runs a command line of the local cloud with this process's arguments and signals, and ends the process. */
export async function runCommandLine(define: (context: CommandContext) => Command): Promise<never> {
    // The reader may close the pipe, as in `npm run local | head`; the command still finishes.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") {
            throw error;
        }
    });
    const screen = new Screen();
    const signal = stopOnSignals(
        () => screen.line("Stopping: what is under way is finished first. Once more ends at once."),
        () => screen.close(),
    );
    const program = define({ screen, signal });
    try {
        await program.parseAsync();
    } catch (error) {
        screen.close();
        process.exitCode = explain(error, signal, program.opts<{ debug?: true }>().debug ?? false);
    } finally {
        screen.close();
    }
    process.exit();
}

function explain(error: unknown, signal: AbortSignal, inFull: boolean): number {
    if (error instanceof CommanderError) {
        return error.exitCode === 0 ? 0 : EXIT_USAGE;
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC") {
        console.error("The disk is full. Make room and run the command again; it continues from there.");
    } else if (!(signal.aborted && (error as Error).name === "AbortError")) {
        console.error(inFull ? error : (error as Error).message);
    }
    if (signal.aborted) {
        console.error("Stopped. Run the command again to continue from there.");
        return EXIT_INTERRUPTED;
    }
    return error instanceof UsageError || error instanceof SettingsError ? EXIT_USAGE : 1;
}
