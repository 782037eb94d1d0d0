import type { Changes, ResourceChange, ResourceName } from "../engine/changes.ts";
import { holdsData, isFoundation } from "../engine/dataHolding.ts";
import { type DataLoss, ProtectedDataError } from "../errors.ts";

/**
 * Refuses changes that would delete or replace resources with data, or replace foundations, unless they are named.
 *
 * @param named resources that may go, by name in the program or by URN
 * @throws {ProtectedDataError} with each such resource and the cause of its deletion or replacement
 */
export function guardData(stack: string, changes: Changes, named: readonly string[]): void {
    const losses: DataLoss[] = [
        ...changes.replace.map((change) => ({ ...change, kind: "replace" as const, why: replacementReason(change) })),
        ...changes.delete.map((change) => ({
            ...change,
            kind: "delete" as const,
            why: "the program with these settings has it no more",
        })),
    ];
    const refused = losses.filter(
        (loss) =>
            (holdsData(loss.type) || (loss.kind === "replace" && isFoundation(loss.type))) && !isNamed(loss, named),
    );
    if (refused.length > 0) {
        const names = JSON.stringify(refused.map(({ name }) => name));
        throw new ProtectedDataError(
            stack,
            refused,
            `Take back the change that asks for it, or name what may be lost: replaceOrDelete: ${names}`,
        );
    }
}

/**
 * Refuses to delete a stack with data, unless its resources with data are named.
 *
 * @throws {ProtectedDataError} with each resource that holds data
 */
export function guardRemoval(stack: string, resources: readonly ResourceName[], named: readonly string[]): void {
    const refused = resources
        .filter((resource) => holdsData(resource.type) && !isNamed(resource, named))
        .map((resource) => ({
            ...resource,
            kind: "delete" as const,
            properties: [],
            why: "destroy deletes everything",
        }));
    if (refused.length > 0) {
        throw new ProtectedDataError(
            stack,
            refused,
            `Name what may be lost with replaceOrDelete, or give up all of it by the stack's name: everythingOf: "${stack}"`,
        );
    }
}

function isNamed({ name, urn }: ResourceName, named: readonly string[]): boolean {
    return named.includes(name) || named.includes(urn);
}

function replacementReason({ properties }: ResourceChange): string {
    const replacing = properties.filter(({ replaces }) => replaces);
    const described = (replacing.length > 0 ? replacing : properties).map(({ path, from, to }) =>
        from === undefined && to === undefined ? path : `${path} changes from ${show(from)} to ${show(to)}`,
    );
    return described.join(", ") || "what it depends on is replaced";
}

function show(value: unknown): string {
    return value === undefined ? "nothing" : JSON.stringify(value);
}
