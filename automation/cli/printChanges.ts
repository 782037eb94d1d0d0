import { z } from "zod";
import type { ChangeKind, Changes } from "../index.ts";
import { table } from "./table.ts";

const resource = z.strictObject({
    name: z.string().describe("Its name in the program."),
    type: z.string(),
    urn: z.string(),
    properties: z.array(z.string()).describe("The paths of what differs, of an update or a replacement."),
});

/** The kinds of changes that are printed, in their order. */
const kinds = ["create", "import", "update", "replace", "delete"] as const satisfies ChangeKind[];

/** Changes as the command line prints them: without values, which may be private. */
export const changesResult = z.strictObject({
    create: z.array(resource),
    import: z.array(resource),
    update: z.array(resource),
    replace: z.array(resource),
    delete: z.array(resource),
    same: z.int().describe("How many stay as they are."),
});

/** Changes as {@link changesResult}. */
export type PrintedChanges = z.output<typeof changesResult>;

/** Converts the driver's changes to printed ones. */
export function printable(changes: Changes): PrintedChanges {
    const listed = (kind: ChangeKind) =>
        changes[kind].map(({ name, type, urn, properties }) => ({
            name,
            type,
            urn,
            properties: properties.map(({ path }) => path),
        }));
    return {
        create: listed("create"),
        import: listed("import"),
        update: listed("update"),
        replace: listed("replace"),
        delete: listed("delete"),
        same: changes.same.length,
    };
}

/** How many resources change. */
export function countOf(changes: PrintedChanges): number {
    return kinds.reduce((sum, kind) => sum + changes[kind].length, 0);
}

/** The changes as a list for people. */
export function changesText(changes: PrintedChanges): string {
    const rows = kinds.flatMap((kind) =>
        changes[kind].map(({ name, type, properties }) => [
            kind,
            name,
            properties.length > 0 ? `${type}: ${properties.join(", ")}` : type,
        ]),
    );
    const counts = kinds.filter((kind) => changes[kind].length > 0).map((kind) => `${changes[kind].length} ${kind}`);
    const summary = [...counts, `${changes.same} same`].join(", ");
    return rows.length > 0 ? `${table(rows)}\n${summary}` : `Nothing changes (${summary}).`;
}
