import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./files.ts";

/** The secret by which the parts of a local cloud authenticate each other; it differs by purpose and stays the same. */
export function secretFor(purpose: string, stateDir: string): string {
    return createHmac("sha256", keptSecret(join(stateDir, "secret")))
        .update(purpose)
        .digest("base64url");
}

/** The address of a part, with its port and its secret. */
export function addressOf(port: number, secret: string): string {
    return `http://127.0.0.1:${port}/${secret}`;
}

/** A lost secret is replaced by a new one; services with the old one are then restarted. */
function keptSecret(path: string): string {
    try {
        const kept = readFileSync(path, "utf8");
        if (kept.length > 0) {
            return kept;
        }
    } catch {
        // There is none yet.
    }
    const made = randomBytes(32).toString("base64url");
    writeWhole(path, made);
    return made;
}
