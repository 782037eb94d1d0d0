import { appendFileSync } from "node:fs";
import { join } from "node:path";

/** Where a local cloud notes what was made since the last deployment that came to its end. */
export function journalPath(stateDir: string): string {
    return join(stateDir, "created.log");
}

/** Notes that a resource was made. */
export function noteCreated(journal: string, urn: string, id: string): void {
    appendFileSync(journal, `${JSON.stringify([urn, id])}\n`);
}
