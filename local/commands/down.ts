import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stopAll } from "../background/index.ts";
import { endEngines } from "../cloud/leftEngines.ts";
import { takeCloud } from "../cloud/lock.ts";
import { waitForEngines } from "../cloud/recovery.ts";
import { cacheDir } from "../lib/paths.ts";
import { duration, type Screen } from "../lib/screen.ts";

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
    ...[
        "backend",
        "buildkit",
        "containers",
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
    ...["buildkit.sock", "emulator.sock"],
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
        removeFolder(stateDir);
    }
    screen.line(`Kept: ${[...left, `${cacheDir()} (tools, for every checkout)`].join(", ")}`);
}

/** Removes an empty folder, unless it is where a disk of its own is mounted. */
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
            // Nobody else gets it either, and what is removed makes room.
            return () => {};
        }
        throw error;
    });
    try {
        await endEngines(folder);
        await waitForEngines(folder, signal);
        await stopAndRemove(folder, made);
    } finally {
        release();
    }
}

/** What of a local cloud is deployed: the emulator that has it, and the record of it. */
const deployed = ["backend", "emulator", "kept", "tmp", "workspace", "local.json"];

/** Stops everything of a local cloud and removes what is deployed, so that it can begin anew. */
export async function removeDeployed(folder: string): Promise<void> {
    await stopAndRemove(folder, deployed);
}

async function stopAndRemove(folder: string, names: string[]): Promise<void> {
    await stopAll(folder);
    for (const name of names) {
        rmSync(join(folder, name), { recursive: true, force: true });
    }
}
