import { z } from "zod";
import { defineCommand } from "../command.ts";
import { changesResult, changesText, printable } from "../printChanges.ts";
import { printProgress } from "../printProgress.ts";
import { confirmed } from "../terminal.ts";

const result = z.strictObject({ stack: z.string(), changes: changesResult });

/** Updates the stack's state to what exists in AWS. */
export const refreshCommand = defineCommand<z.output<typeof result>>({
    name: "refresh",
    about: "update a stack's recorded state to what is really there; changes nothing else",
    changes: true,
    result,
    async run({ stack, yes, signal }) {
        const { name, story } = await stack();
        await confirmed(`Take into the record of ${name} what is there?`, yes, signal);
        const { changes } = await story.refresh({ signal, onEvent: printProgress });
        return { stack: name, changes: printable(changes) };
    },
    text: ({ changes }) => changesText(changes),
});
