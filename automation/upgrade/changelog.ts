import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A line of the changelog, without the line breaks in it. */
export interface ChangelogLine {
    /** Its heading: a version, or {@link UNRELEASED}. */
    version: string;
    text: string;
}

/** The heading of changes that are in no version yet. */
export const UNRELEASED = "Unreleased";

/**
 * The changelog of a checkout or of the package: `CHANGELOG.md`, with the changes in `.changeset/` that the next version
 * will put there.
 */
export function readChangelog(folder: string): string {
    const changesets = join(folder, ".changeset");
    const files = existsSync(changesets) ? readdirSync(changesets).filter((file) => file.endsWith(".md")) : [];
    const pending = files.sort().map((file) => {
        const [, , body = ""] = readFileSync(join(changesets, file), "utf8").split(/^---$/m);
        return `- ${body.trim()}\n`;
    });
    return `## ${UNRELEASED}\n\n${pending.join("")}\n${readFileSync(join(folder, "CHANGELOG.md"), "utf8")}`;
}

/** The lines of a changelog, in its order. */
export function changelogLines(changelog: string): ChangelogLine[] {
    const [, ...sections] = changelog.split(/^## /m);
    return sections.flatMap((section) => {
        const [heading = "", ...rest] = section.split("\n");
        const [, version = ""] = /^\[?([^\]\s]+)/.exec(heading) ?? [];
        const [, ...texts] = rest.join("\n").split(/^[-*] /m);
        return texts.map((text) => {
            const [line = ""] = text.split(/^#/m);
            return { version, text: line.replaceAll(/\s+/g, " ").trim() };
        });
    });
}

/** Whether a line names a resource, by its logical name or with others as a pattern such as `*-sessions`. */
export function namesResource({ text }: ChangelogLine, resource: string): boolean {
    const named = [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    const pattern = (name: string) => name.replaceAll(/[^*\w]/g, "\\$&").replaceAll("*", ".*");
    return named.some((name) => new RegExp(`^${pattern(name)}$`).test(resource));
}

/** Whether a line announces a break. */
export function isBreaking({ text }: ChangelogLine): boolean {
    return text.startsWith("**Breaking:**");
}
