import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openCloud } from "../cloud.ts";
import { destroyAll } from "../deploy.ts";
import { stopEmulator } from "../emulator.ts";
import { fileSettings, openStack } from "../engine/stack.ts";
import { takeLock } from "../lock.ts";
import { root } from "../paths.ts";
import { stopRuntimeService } from "../runtime/service.ts";
import { duration, type Screen } from "../screen.ts";
import { stopService } from "../services.ts";

/** What the `down` command is asked for. */
export interface DownOptions {
    stateDir: string;
    screen: Screen;
    signal: AbortSignal;
}

/** Removes the deployment and stops everything that `up` started. */
export async function down(options: DownOptions): Promise<void> {
    const { stateDir, screen } = options;
    if (!existsSync(stateDir)) {
        screen.line("There is no local cloud here.");
        return;
    }
    const began = Date.now();
    const release = await takeLock(join(stateDir, "lock"), ({ pid }) => {
        throw new Error(
            `Process ${pid} is at work on this local cloud. Wait for it, or end it, and run the command again.`,
        );
    });
    process.chdir(root);
    try {
        await stopRuntimeService(stateDir);
        if (existsSync(join(stateDir, "backend"))) {
            await destroy(options);
        }
        await stopEmulator(stateDir);
        await stopService(stateDir, "buildkit");
        // A file of an emulator's last state would bring the removed resources back.
        for (const folder of ["emulator", "tmp"]) {
            rmSync(join(stateDir, folder), { recursive: true, force: true });
        }
        rmSync(join(stateDir, "local.json"), { force: true });
        screen.line(`The local cloud is down (${duration(Date.now() - began)}).`);
    } finally {
        release();
    }
}

async function destroy({ stateDir, screen, signal }: DownOptions): Promise<void> {
    const region = (await fileSettings())["aws:region"]?.value ?? "us-east-1";
    const cloud = await openCloud({ stateDir, region, buildImages: false, screen, signal });
    try {
        const stack = await openStack({ stateDir, pulumi: cloud.pulumi, env: cloud.env, signal }, async () => {});
        await destroyAll({ stack, screen, signal });
    } finally {
        cloud.close();
    }
}
