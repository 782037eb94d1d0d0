import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./files.ts";

/** The secret of a local cloud by which its own parts know each other; another one for each purpose, the same every time. */
export function secretFor(purpose: string, stateDir: string): string {
    return createHmac("sha256", keptSecret(join(stateDir, "secret")))
        .update(purpose)
        .digest("base64url");
}

/** The address of a part that listens on a port and has a secret. */
export function addressOf(port: number, secret: string): string {
    return `http://127.0.0.1:${port}/${secret}`;
}

/** One that was lost is made anew: what was started with the old one is then started anew as well. */
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
