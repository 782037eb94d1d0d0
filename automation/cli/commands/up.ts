import { z } from "zod";
import { defineCommand, siteOption } from "../command.ts";
import { changesResult, changesText, countOf, printable } from "../printChanges.ts";
import { printProgress } from "../printProgress.ts";
import { confirmed, say } from "../terminal.ts";
import { outputsText } from "./outputs.ts";

const result = z.strictObject({
    stack: z.string(),
    changes: changesResult,
    outputs: z.record(z.string(), z.unknown()),
});

interface Flags {
    site?: string;
    replaceOrDelete?: string[];
}

/** Deploys a stack. */
export const upCommand = defineCommand<z.output<typeof result>, Flags>({
    name: "up",
    about: "bring a stack to its settings: build, push and deploy what changed",
    help: `Refuses to delete or replace what holds data (table, buckets, pool, secrets, repositories) unless it is named with
--replace-or-delete. Deploys exactly what \`pulumi up\` would.`,
    changes: true,
    define: (command) =>
        command
            .option(...siteOption)
            .option("--replace-or-delete <name...>", "resources with data that may go, by their names in the program"),
    result,
    async run({ stack, yes, signal }, { site, replaceOrDelete }) {
        const { name, story } = await stack(site);
        if (!yes) {
            const planned = printable((await story.preview({ signal, onEvent: printProgress })).changes);
            say(changesText(planned));
            if (countOf(planned) > 0) {
                await confirmed(`Deploy this to ${name}?`, yes, signal);
            }
        }
        const { changes, outputs } = await story.up({ replaceOrDelete, signal, onEvent: printProgress });
        return { stack: name, changes: printable(changes), outputs: { ...outputs } };
    },
    text: ({ changes, outputs }) => `${changesText(changes)}\n\n${outputsText(outputs)}`,
});
