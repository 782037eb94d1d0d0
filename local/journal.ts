import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";

/** Where a local cloud notes what was made since the last deployment that came to its end. */
export function journalPath(stateDir: string): string {
    return join(stateDir, "created.log");
}

/** Notes that a resource was made. */
export function noteCreated(journal: string, urn: string, id: string): void {
    appendFileSync(journal, `${JSON.stringify([urn, id])}\n`);
}

/** Forgets the notes, once the stack's state has everything. */
export function clearJournal(stateDir: string): void {
    rmSync(journalPath(stateDir), { force: true });
}

interface PendingOperation {
    type: string;
    resource: { urn: string; id?: string };
}

/**
 * Gives a state the resources that were being made when its deployment was cut off, and that were made after all: they
 * would stay behind unknown, or be in the way of the next attempt.
 *
 * @returns how many there were
 */
export function recoverCreated({ deployment }: Deployment, stateDir: string): number {
    const made = readJournal(stateDir);
    const operations = (deployment.pending_operations ?? []) as PendingOperation[];
    const recovered = operations.filter(({ type, resource }) => type === "creating" && made.has(resource.urn));
    deployment.resources.push(...recovered.map(({ resource }) => ({ ...resource, id: made.get(resource.urn) })));
    deployment.pending_operations = operations.filter((operation) => !recovered.includes(operation));
    return recovered.length;
}

function readJournal(stateDir: string): Map<string, string> {
    const path = journalPath(stateDir);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return new Map(
        text
            .split("\n")
            .filter((line) => line.endsWith("]"))
            .map((line) => JSON.parse(line) as [string, string]),
    );
}
