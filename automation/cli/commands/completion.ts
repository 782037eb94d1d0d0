import tab from "@bomb.sh/tab";
import { Argument } from "commander";
import { z } from "zod";
import { defineCommand } from "../command.ts";

const shells = ["bash", "zsh", "fish", "powershell"] as const;
const result = z.strictObject({ shell: z.enum(shells), script: z.string() });
type Shell = (typeof shells)[number];

/** Prints a shell's completion script. */
export const completionCommand = defineCommand<z.output<typeof result>>({
    name: "completion",
    about: "print the script with which a shell completes commands and options",
    help: `In bash for example, which needs its package bash-completion:

  source <(story42 completion bash)`,
    define: (command) => command.addArgument(new Argument("<shell>", "the shell").choices(shells)),
    result,
    run: async (_context, _flags, shell) => ({ shell: shell as Shell, script: scriptFor(shell as Shell) }),
    text: ({ script }) => script,
});

/** The library can only print the script. */
function scriptFor(shell: Shell): string {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
        tab.setup("story42", "story42", shell);
    } finally {
        console.log = log;
    }
    // Sourcing the script a second time, as by a ~/.bashrc within a shell, would fail on read-only variables.
    return lines.join("\n").replaceAll(/^(\s*)readonly /gm, "$1");
}
