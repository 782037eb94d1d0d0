import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import type { Screen } from "../lib/screen.ts";

/**
 * Prints a stack's outputs as a table.
 *
 * @param opened replaces the addresses in a text by those that can be opened here
 */
export function printOutputs(screen: Screen, outputs: OutputMap, opened: (text: string) => string): void {
    const rows = Object.entries(outputs).flatMap(([name, { value, secret }]): [string, string][] => {
        if (secret) {
            return [[name, "(secret)"]];
        }
        return typeof value === "object" && value !== null
            ? Object.entries(value).map(([key, inner]) => [`${name}.${key}`, String(inner)])
            : [[name, String(value)]];
    });
    const width = Math.max(0, ...rows.map(([name]) => name.length));
    screen.line();
    for (const [name, value] of rows.sort(([a], [b]) => a.localeCompare(b))) {
        screen.line(`  ${name.padEnd(width)}  ${opened(value)}`);
    }
}
