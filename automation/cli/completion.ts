import tab from "@bomb.sh/tab/commander";
import { type Command, Help } from "commander";

/** The command that a shell's completion script calls. */
const ASKED_BY_SHELLS = "complete";

/** Answers what a shell asks about the commands and options of the program. */
export function answerCompletions(program: Command): void {
    // Before the library reads the program: what the help hides is no completion either.
    program.configureHelp({
        visibleCommands: (command) =>
            new Help().visibleCommands(command).filter((one) => one.name() !== ASKED_BY_SHELLS),
    });
    tab(program);
}
