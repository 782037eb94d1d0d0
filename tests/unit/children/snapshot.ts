import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Snapshot } from "./record.ts";
import { replacingInputs } from "./replacing.ts";

const root = join(import.meta.dirname, "../../..");
const path = join(root, "tests/snapshots/children.json");

/** The children as they were recorded last. */
export function readSnapshot(): Snapshot {
    return JSON.parse(readFileSync(path, "utf8"));
}

/** Records the children. One line for each, so that a change shows as one. */
export function writeSnapshot(snapshot: Snapshot): void {
    const components = Object.entries(snapshot).map(
        ([component, children]) =>
            `  "${component}": [\n${children.map((child) => `    ${JSON.stringify(child)}`).join(",\n")}\n  ]`,
    );
    writeFileSync(path, `{\n${components.join(",\n")}\n}\n`);
}

/**
 * Records which inputs replace a resource.
 *
 * @param schema the file with the schema of the AWS plugin
 */
export function writeReplacing(schema: string): void {
    const inputs = replacingInputs(JSON.parse(readFileSync(schema, "utf8")));
    const lines = Object.entries(inputs).map(([type, names]) => `    "${type}": ${JSON.stringify(names)}`);
    writeFileSync(join(root, "tests/snapshots/replacing.json"), `{\n${lines.join(",\n")}\n}\n`);
}
