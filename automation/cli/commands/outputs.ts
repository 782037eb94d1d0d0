import { z } from "zod";
import { defineCommand } from "../command.ts";
import { CommandFailure } from "../exitCodes.ts";
import { table } from "../table.ts";

const result = z.strictObject({ stack: z.string(), outputs: z.record(z.string(), z.unknown()) });
type Outputs = z.output<typeof result>["outputs"];

/** Prints a stack's outputs. */
export const outputsCommand = defineCommand<z.output<typeof result>>({
    name: "outputs",
    about: "print the outputs of a stack's last deployment, or the value of one",
    define: (command) => command.argument("[name]", "the output whose value alone is printed"),
    result,
    async run({ stack }, _flags, only) {
        const { name, outputs } = await (await stack()).deployed();
        const all: Outputs = { ...outputs };
        if (only === undefined) {
            return { stack: name, outputs: all };
        }
        if (!(only in all)) {
            throw new CommandFailure("usage", `There is no output ${only}; there are ${Object.keys(all).join(", ")}.`);
        }
        return { stack: name, outputs: { [only]: all[only] } };
    },
    text: ({ outputs }) => outputsText(outputs),
});

/** Outputs as a table; one alone as its bare value, for `$(story42 outputs NAME)`. */
export function outputsText(outputs: Outputs): string {
    const rows = Object.entries(outputs).flatMap(([name, value]) =>
        typeof value === "object" && value !== null
            ? Object.entries(value).map(([key, inner]) => [`${name}.${key}`, String(inner)])
            : [[name, String(value)]],
    );
    const [only] = Object.values(outputs);
    return Object.keys(outputs).length === 1 && typeof only !== "object" ? String(only) : table(rows);
}
