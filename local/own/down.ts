import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stopEmulator } from "../background/emulator.ts";
import { takeCloudInTurn } from "../cloud/lock.ts";
import { waitForEngines } from "../cloud/recovery.ts";
import type { Screen } from "../lib/screen.ts";

/** The files to remove. The passphrase stays: it encrypts the secrets in stacks' files beside the program. */
const made = ["backend", "docker", "emulator", "emulator.sock", "kept", "logs", "pids", "ports.json", "tmp"];

/** Stops a local cloud and removes it with all that was deployed. */
export async function down(options: { stateDir: string; screen: Screen; signal: AbortSignal }): Promise<void> {
    const { stateDir, screen, signal } = options;
    if (!existsSync(stateDir)) {
        screen.line(`There is no local cloud here: there is no ${stateDir}.`);
        return;
    }
    const release = await takeCloudInTurn(stateDir, screen, signal);
    try {
        await waitForEngines(stateDir, signal);
        await stopEmulator(stateDir);
        for (const name of made) {
            rmSync(join(stateDir, name), { recursive: true, force: true });
        }
    } finally {
        release();
    }
    screen.line(
        `The local cloud is down, and all that was deployed is gone. Kept: ${join(stateDir, "passphrase")}, for the ` +
            "secrets in stacks' files.",
    );
}
