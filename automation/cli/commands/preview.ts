import { z } from "zod";
import { changesResult, changesText, printable } from "../changes.ts";
import { defineCommand } from "../command.ts";
import { tellProgress } from "../progress.ts";

const result = z.strictObject({ stack: z.string(), changes: changesResult });

/** What a deployment would do. */
export const previewCommand = defineCommand<z.output<typeof result>>({
    name: "preview",
    about: "say what up would do; builds the images, and changes nothing",
    result,
    async run({ stack, signal }) {
        const { name, story } = await stack();
        const { changes } = await story.preview({ signal, onEvent: tellProgress });
        return { stack: name, changes: printable(changes) };
    },
    text: ({ changes }) => changesText(changes),
});
