import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { changelogLines, readChangelog } from "../../upgrade/changelog.ts";
import { linesAfter, upgradeLosses } from "../../upgrade/losses.ts";
import { defineCommand, siteOption } from "../command.ts";
import { CommandFailure, exitCodes } from "../exitCodes.ts";
import { printable } from "../printChanges.ts";
import { printProgress } from "../printProgress.ts";
import { table } from "../table.ts";

const result = z.strictObject({
    stack: z.string(),
    ok: z.boolean().describe("Whether the changelog names everything that is lost."),
    losses: z.array(
        z.strictObject({
            kind: z.enum(["replace", "delete"]),
            name: z.string().describe("Its name in the program."),
            type: z.string(),
            urn: z.string(),
            properties: z.array(z.string()).describe("The paths of what differs, of a replacement."),
            announced: z
                .strictObject({ version: z.string(), line: z.string() })
                .nullable()
                .describe("The line of the changelog that names it; null when none does."),
        }),
    ),
});

interface Flags {
    site?: string;
    from?: string;
}

/** Reports what a new version would replace or delete. */
export const upgradeCheckCommand = defineCommand<z.output<typeof result>, Flags>({
    name: "upgrade-check",
    about: "say what this version would replace or delete of a stack, and whether the changelog names it; changes nothing",
    help: `Run it with the new version, on a stack that the old one deployed, with settings that are the same. Ends with 3
when something would be replaced or deleted that no **Breaking:** line of the changelog names: stay on the old version, then,
and tell us. Task definitions, API deployments and the site's files are made anew for each change, and don't count.`,
    define: (command) =>
        command
            .option(...siteOption)
            .option(
                "--from <version>",
                "the version that deployed the stack: only lines after it count (default: all)",
            ),
    result,
    async run({ stack, signal }, { site, from }) {
        if (from !== undefined && !/^\d+\.\d+\.\d+/.test(from)) {
            throw new CommandFailure("usage", `--from is ${from}; it must be a version such as 1.2.3.`);
        }
        const { name, story } = await stack(site);
        const { changes } = await story.preview({ signal, onEvent: printProgress });
        const all = changelogLines(readChangelog(changelogFolder()));
        const losses = upgradeLosses(changes, from === undefined ? all : linesAfter(all, from));
        const announcements = new Map(losses.map(({ change, announced }) => [change.urn, announced]));
        const printed = printable(changes);
        const listed = (["replace", "delete"] as const).flatMap((kind) =>
            printed[kind]
                .filter(({ urn }) => announcements.has(urn))
                .map((resource) => {
                    const line = announcements.get(resource.urn);
                    return { kind, ...resource, announced: line ? { version: line.version, line: line.text } : null };
                }),
        );
        return { stack: name, ok: listed.every(({ announced }) => announced !== null), losses: listed };
    },
    text({ ok, losses }) {
        if (losses.length === 0) {
            return "Nothing is replaced or deleted.";
        }
        const rows = losses.map(({ kind, name, type, properties, announced }) => [
            kind,
            name,
            properties.length > 0 ? `${type}: ${properties.join(", ")}` : type,
            announced ? `${announced.version}: ${announced.line}` : "not named",
        ]);
        const advice = "Stay on the version that you have where something is not named, and tell us.";
        return `${table(rows)}${ok ? "" : `\n\n${advice}`}`;
    },
    exitCode: ({ ok }) => (ok ? exitCodes.done : exitCodes.refused),
});

/** The folder of the changelog: the package, whose code is in `lib/`, or the checkout. */
function changelogFolder(): string {
    const inPackage = join(import.meta.dirname, "..");
    return existsSync(join(inPackage, "CHANGELOG.md")) ? inPackage : join(import.meta.dirname, "../../..");
}
