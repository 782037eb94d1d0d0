import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stopAll } from "../background/index.ts";
import { endEngines } from "../cloud/leftEngines.ts";
import { takeCloud } from "../cloud/lock.ts";
import { waitForEngines } from "../cloud/recovery.ts";
import { cacheDir } from "../lib/paths.ts";
import { duration, type Screen } from "../lib/screen.ts";

/** Options of the command `down`. */
export interface DownOptions {
    stateDir: string;
    screen: Screen;
    signal: AbortSignal;
}

/** The folder of the local clouds that `npm run images` starts. */
const IMAGE_CLOUDS = "image-check";
/** The files that a local cloud makes in its folder; all others are the person's own. */
const ownFiles = [
    ...[
        "backend",
        "buildkit",
        "containers",
        "dev",
        "docker",
        "emulator",
        IMAGE_CLOUDS,
        "images",
        "kept",
        "logs",
        "pids",
        "tmp",
    ],
    ...["workspace", "local.json", "passphrase", "ports.json", "runtime.json", "secret", "user.json"],
    ...["traces.jsonl", "traces.jsonl.earlier"],
    ...["buildkit.sock", "emulator.sock"],
];

/**
 * Stops everything that `up` started, and removes it with all that was deployed. The emulator's state and the stack's are
 * removed together, so neither has to be valid.
 */
export async function down({ stateDir, screen, signal }: DownOptions): Promise<void> {
    if (!existsSync(stateDir)) {
        screen.line("There is no local cloud here.");
        return;
    }
    const began = Date.now();
    const ofImages = join(stateDir, IMAGE_CLOUDS);
    const imageClouds = existsSync(ofImages) ? readdirSync(ofImages).map((name) => join(ofImages, name)) : [];
    for (const folder of [...imageClouds, stateDir]) {
        await removeCloud(folder, signal);
    }
    screen.line(`The local cloud is down, and all that was deployed is gone (${duration(Date.now() - began)}).`);
    const left = readdirSync(stateDir).map((name) => `${join(stateDir, name)} (yours)`);
    if (left.length === 0) {
        removeFolder(stateDir);
    }
    screen.line(`Kept: ${[...left, `${cacheDir()} (tools, for every checkout)`].join(", ")}`);
}

/** Removes an empty folder, unless it is a mount point. */
function removeFolder(folder: string): void {
    try {
        rmdirSync(folder);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EBUSY") {
            throw error;
        }
    }
}

async function removeCloud(folder: string, signal: AbortSignal): Promise<void> {
    const release = await takeCloud(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOSPC") {
            // No other process can take the lock either, and the removal frees space.
            return () => {};
        }
        throw error;
    });
    try {
        await endEngines(folder);
        await waitForEngines(folder, signal);
        await stopAndRemove(folder, ownFiles);
    } finally {
        release();
    }
}

/** The files of a deployment: the emulator's state and the stack's. */
const deploymentFiles = ["backend", "emulator", "kept", "tmp", "workspace", "local.json"];

/** Stops all services of a local cloud and removes its deployment, so that it can start over. */
export async function removeDeployed(folder: string): Promise<void> {
    await stopAndRemove(folder, deploymentFiles);
}

async function stopAndRemove(folder: string, names: string[]): Promise<void> {
    await stopAll(folder);
    for (const name of names) {
        rmSync(join(folder, name), { recursive: true, force: true });
    }
}
