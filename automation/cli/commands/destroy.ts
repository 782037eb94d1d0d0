import { z } from "zod";
import { defineCommand } from "../command.ts";
import { changesResult, changesText, printable } from "../printChanges.ts";
import { printProgress } from "../printProgress.ts";
import { confirmByName } from "../terminal.ts";

const result = z.strictObject({ stack: z.string(), changes: changesResult });

interface Flags {
    replaceOrDelete?: string[];
    everythingOf?: string;
    removeStack?: true;
}

/** Removes what a stack deployed. */
export const destroyCommand = defineCommand<z.output<typeof result>, Flags>({
    name: "destroy",
    about: "delete everything in a stack",
    help: `Asks for the stack's name. With --yes nothing is asked, and it refuses to delete what holds data (table, buckets, pool,
secrets, repositories) unless that is named: one by one, or all of it with --everything-of and the stack's name.`,
    changes: true,
    define: (command) =>
        command
            .option("--replace-or-delete <name...>", "resources with data that may go, by their names in the program")
            .option("--everything-of <stack>", "the stack's name: all of its data may go")
            .option("--remove-stack", "remove the stack with its history from the backend, too"),
    result,
    async run({ stack, yes, signal }, { replaceOrDelete, everythingOf, removeStack }) {
        const { name, story } = await stack();
        const given = yes
            ? everythingOf
            : await confirmByName(`Everything in ${name} goes, with its data. Its name`, name, signal);
        const { changes } = await story.destroy({
            replaceOrDelete,
            everythingOf: given,
            removeStack,
            signal,
            onEvent: printProgress,
        });
        return { stack: name, changes: printable(changes) };
    },
    text: ({ changes }) => changesText(changes),
});
