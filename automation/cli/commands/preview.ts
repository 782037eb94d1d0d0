import { z } from "zod";
import { defineCommand, siteOption } from "../command.ts";
import { changesResult, changesText, printable } from "../printChanges.ts";
import { printProgress } from "../printProgress.ts";

const result = z.strictObject({ stack: z.string(), changes: changesResult });

interface Flags {
    site?: string;
}

/** Previews a deployment. */
export const previewCommand = defineCommand<z.output<typeof result>, Flags>({
    name: "preview",
    about: "say what up would do; builds the images, and changes nothing",
    define: (command) => command.option(...siteOption),
    result,
    async run({ stack, signal }, { site }) {
        const { name, story } = await stack(site);
        const { changes } = await story.preview({ signal, onEvent: printProgress });
        return { stack: name, changes: printable(changes) };
    },
    text: ({ changes }) => changesText(changes),
});
