import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stopEmulator } from "../emulator.ts";
import { settleStack } from "../engine/recovery.ts";
import { stackFile } from "../engine/stack.ts";
import { takeLock } from "../lock.ts";
import { cacheDir } from "../paths.ts";
import { stopRuntimeService } from "../runtime/service.ts";
import { duration, type Screen } from "../screen.ts";
import { stopService } from "../services.ts";

/** What the `down` command is asked for. */
export interface DownOptions {
    stateDir: string;
    screen: Screen;
    signal: AbortSignal;
}

/** Where `npm run images` has clouds of its own. */
const IMAGE_CLOUDS = "image-check";
/** What a local cloud has made in its folder; whatever else lies there is the person's own. */
const made = [
    ...["backend", "buildkit", "containers", "docker", "emulator", IMAGE_CLOUDS, "images", "logs", "pids", "tmp"],
    ...["workspace", "local.json", "passphrase", "ports.json", "runtime.json", "user.json"],
];

/**
 * Stops everything that `up` started, and removes it with all that was deployed: the emulator's state and the stack's go
 * together, so that neither has to be in order.
 */
export async function down({ stateDir, screen, signal }: DownOptions): Promise<void> {
    if (!existsSync(stateDir)) {
        screen.line("There is no local cloud here.");
        return;
    }
    const began = Date.now();
    const ofImages = join(stateDir, IMAGE_CLOUDS);
    const within = existsSync(ofImages) ? readdirSync(ofImages).map((name) => join(ofImages, name)) : [];
    for (const folder of [...within, stateDir]) {
        await removeCloud(folder, signal);
    }
    screen.line(`The local cloud is down, and all that was deployed is gone (${duration(Date.now() - began)}).`);
    const left = readdirSync(stateDir).map((name) => `${join(stateDir, name)} (yours)`);
    if (left.length === 0) {
        rmdirSync(stateDir);
    }
    screen.line(`Kept: ${[...left, `${cacheDir()} (tools, for every checkout)`].join(", ")}`);
}

async function removeCloud(folder: string, signal: AbortSignal): Promise<void> {
    const release = await takeLock(join(folder, "lock"), ({ pid }) => {
        throw new Error(
            `Process ${pid} is at work on this local cloud. Wait for it, or end it, and run the command again.`,
        );
    });
    try {
        await settleStack(folder, stackFile, signal);
        await stopRuntimeService(folder);
        await stopEmulator(folder);
        await stopService(folder, "buildkit");
        for (const name of made) {
            rmSync(join(folder, name), { recursive: true, force: true });
        }
    } finally {
        release();
    }
}
