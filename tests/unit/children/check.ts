import { isDeepStrictEqual } from "node:util";
import {
    type ChangelogLine,
    changelogLines,
    isBreaking,
    namesResource,
    UNRELEASED,
} from "../../../automation/upgrade/changelog.ts";
import { type Child, identityOf, type Snapshot } from "./record.ts";
import { replaces } from "./replacing.ts";

/** How the children of the components differ from those of the snapshot. */
export interface Comparison {
    /** Changes that would hurt who uses the library, and what to do about each. */
    problems: string[];
    /** What the snapshot does not have yet, or has otherwise, though nothing is wrong with it. */
    unrecorded: string[];
}

/**
 * Compares the children of every component with the snapshot. A child that has another identity than before is deleted
 * and made anew in every stack that uses the component, unless an alias tells the engine that it is the same one.
 *
 * @param changelog the text of the changelog, whose section "Unreleased" must name what changed
 */
export function compareChildren(before: Snapshot, after: Snapshot, changelog: string): Comparison {
    const comparison: Comparison = { problems: [], unrecorded: [] };
    const entries = changelogLines(changelog).filter(({ version }) => version === UNRELEASED);
    for (const component of new Set([...Object.keys(before), ...Object.keys(after)])) {
        compareComponent(component, before[component] ?? [], after[component] ?? [], entries, comparison);
    }
    return comparison;
}

function compareComponent(
    component: string,
    before: Child[],
    after: Child[],
    entries: ChangelogLine[],
    { problems, unrecorded }: Comparison,
): void {
    const same = new Set<Child>();
    for (const old of before) {
        const found = successorOf(old, after);
        if (!found) {
            problems.push(...(isBreak(entries, old) ? [] : [missing(component, old, before, after)]));
            unrecorded.push(`${component}: ${nameOf(old)} was removed`);
            continue;
        }
        same.add(found);
        if (identityOf(found) !== identityOf(old)) {
            const change = `${component}: ${nameOf(old)} is ${nameOf(found)} now`;
            unrecorded.push(change);
            if (!entries.some((entry) => names(entry, old) && names(entry, found))) {
                const both = [...new Set([old.name, found.name])].map((name) => `\`${name}\``).join(" and ");
                problems.push(
                    `${change}. The alias is there: add a line to CHANGELOG.md under "Unreleased" that names ${both}.`,
                );
            }
        }
        if (found.physicalName !== old.physicalName) {
            const [was, is] = [old, found].map(({ physicalName }) => physicalName ?? "named by its provider");
            const change = `${component}: ${nameOf(old)} was ${was} in AWS, and is ${is} now`;
            unrecorded.push(change);
            if (!found.keepsName && !isBreak(entries, old)) {
                problems.push(`${change}. ${noAliasHelps(old, "keep the name")}`);
            }
        }
        if (found.keepsName !== old.keepsName) {
            const change = `${component}: ${nameOf(found)} ${found.keepsName ? "keeps" : "does not keep"} an earlier name in AWS`;
            unrecorded.push(change);
            if (old.keepsName && !isBreak(entries, old)) {
                problems.push(`${change}. ${noAliasHelps(old, "let it keep the name")}`);
            }
        }
        for (const { input, change } of changedInputs(old, found)) {
            const said = `${component}: ${nameOf(found)} ${change}`;
            unrecorded.push(said);
            if (replaces(found.type, input) && !isBreak(entries, found)) {
                problems.push(`${said}, which replaces it in every stack. ${noAliasHelps(found, "take that back")}`);
            } else if (!entries.some((entry) => names(entry, found))) {
                problems.push(
                    `${said}. Add a line to CHANGELOG.md under "Unreleased" that names \`${found.name}\` and, where it is ` +
                        "the default of an argument, begins with **Breaking:**.",
                );
            }
        }
        for (const alias of (old.aliases ?? []).filter((one) => !isKnownAs(found, one))) {
            const change = `${component}: ${nameOf(found)} has lost its alias ${alias}`;
            unrecorded.push(change);
            problems.push(...(isBreak(entries, old) ? [] : [`${change}. ${noAliasHelps(old, "keep the alias")}`]));
        }
        if ((found.aliases ?? []).some((alias) => !old.aliases?.includes(alias))) {
            unrecorded.push(`${component}: ${nameOf(found)} has a new alias`);
        }
    }
    for (const added of after.filter((one) => !same.has(one))) {
        unrecorded.push(`${component}: ${nameOf(added)} is new`);
    }
}

/** What a resource of the snapshot is now: the one with its identity, or the one that says that it had it before. */
function successorOf(old: Child, after: Child[]): Child | undefined {
    const identity = identityOf(old);
    return after.find((one) => identityOf(one) === identity) ?? after.find((one) => isKnownAs(one, identity));
}

function isKnownAs(child: Child, identity: string): boolean {
    return identityOf(child) === identity || (child.aliases?.includes(identity) ?? false);
}

/** What of a child's inputs is another one, and how. */
function changedInputs({ inputs: was = {} }: Child, { inputs: is = {} }: Child): { input: string; change: string }[] {
    const differing = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
        (input) => !isDeepStrictEqual(was[input], is[input]),
    );
    const show = (value: unknown) => (value === undefined ? "none" : JSON.stringify(value));
    return differing.map((input) => ({
        input,
        change: `had ${input} ${show(was[input])}, and has ${show(is[input])}`,
    }));
}

/** The problem of a child that nothing says to be an earlier one, with what it probably is now. */
function missing(component: string, old: Child, before: Child[], after: Child[]): string {
    const isNew = (one: Child) => !before.some((it) => isKnownAs(one, identityOf(it)));
    const likely = after.filter(isNew).find((one) => isLikely(old, one));
    if (!likely) {
        return `${component}: ${nameOf(old)} was removed. ${noAliasHelps(old, "keep it")}`;
    }
    const what = likely.name === old.name ? "moved" : "renamed";
    return (
        `${component}: ${nameOf(old)} was ${what}: it is ${nameOf(likely)} now, without an alias. Every stack would delete ` +
        `it and make it anew. Give ${likely.name} the option \`aliases: [${aliasFor(old, likely)}]\`, and add a line to ` +
        `CHANGELOG.md under "Unreleased" that names \`${old.name}\`${likely.name === old.name ? "" : ` and \`${likely.name}\``}.`
    );
}

function isLikely(old: Child, now: Child): boolean {
    const sameName = now.name === old.name;
    const samePlace = now.type === old.type && now.parents.join() === old.parents.join();
    const sameThing = old.physicalName !== undefined && now.physicalName === old.physicalName;
    return now.type === old.type ? sameName || sameThing || samePlace : sameName && sameThing;
}

/** The alias as a person would write it. */
function aliasFor(old: Child, now: Child): string {
    const parts = [
        ...(old.name === now.name ? [] : [`name: "${old.name}"`]),
        ...(old.type === now.type ? [] : [`type: "${old.type}"`]),
        ...(old.parents.join() === now.parents.join()
            ? []
            : [`parent: ${old.parents.at(-1) ?? "pulumi.rootStackResource"}`]),
    ];
    return `{ ${parts.join(", ")} }`;
}

function noAliasHelps(old: Child, otherwise: string): string {
    return (
        `No alias makes up for that: ${otherwise}, or say so for the next major version by a line in CHANGELOG.md under ` +
        `"Unreleased" that begins with **Breaking:** and names \`${old.name}\`.`
    );
}

function nameOf({ type, name, parents }: Child): string {
    const under = parents.at(-1);
    return `\`${name}\` (${type}${under ? `, in ${under}` : ""})`;
}

function names(line: ChangelogLine, child: Child): boolean {
    return namesResource(line, child.name);
}

function isBreak(entries: ChangelogLine[], child: Child): boolean {
    return entries.some((entry) => isBreaking(entry) && names(entry, child));
}
