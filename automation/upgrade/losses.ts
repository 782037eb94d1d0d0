import type { Changes, ResourceChange } from "../engine/changes.ts";
import { isRenewed } from "../engine/dataHolding.ts";
import { type ChangelogLine, isBreaking, namesResource, UNRELEASED } from "./changelog.ts";

/** A resource that an upgrade replaces or deletes. */
export interface UpgradeLoss {
    change: ResourceChange;
    /** The line of the changelog that announces it; `undefined` when none does. */
    announced: ChangelogLine | undefined;
}

/**
 * The resources that a preview replaces or deletes, each with the breaking line of the changelog that names it. Resources that
 * are replaced at each change are no loss, nor are components, which do not exist in AWS.
 */
export function upgradeLosses(changes: Changes, lines: readonly ChangelogLine[]): UpgradeLoss[] {
    return [...changes.replace, ...changes.delete]
        .filter(({ type }) => !isRenewed(type) && !/^(story42|awsx|pulumi):/.test(type))
        .map((change) => ({
            change,
            announced: lines.find((line) => isBreaking(line) && namesResource(line, change.name)),
        }));
}

/** The lines of later versions, and of unreleased changes. */
export function linesAfter(lines: readonly ChangelogLine[], version: string): ChangelogLine[] {
    return lines.filter(
        (line) => line.version === UNRELEASED || line.version.localeCompare(version, "en", { numeric: true }) > 0,
    );
}
