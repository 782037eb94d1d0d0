import tab from "@bomb.sh/tab/commander";
import { type Command, Help } from "commander";

/** The command that a shell's completion script calls. */
const COMPLETE_COMMAND = "complete";

/** Answers the completion requests of shells. */
export function answerCompletions(program: Command): void {
    // Before the library reads the program, so that commands hidden in the help are not completed.
    program.configureHelp({
        visibleCommands: (command) =>
            new Help().visibleCommands(command).filter((one) => one.name() !== COMPLETE_COMMAND),
    });
    tab(program);
}
