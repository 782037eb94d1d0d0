/** All that runs on in the background of a local cloud. */
import { buildkit } from "./buildkit.ts";
import { ministack } from "./emulator.ts";
import { gateway } from "./gateway.ts";
import { runtime } from "./runtime.ts";
import type { BackgroundService } from "./service.ts";
import { upstreams } from "./upstreams.ts";

/** Each after what it asks: so they are started, and stopped the other way round. */
export const backgroundServices: readonly BackgroundService[] = [ministack, gateway, buildkit, upstreams, runtime];

/** Stops all of a local cloud. */
export async function stopAll(stateDir: string): Promise<void> {
    for (const service of backgroundServices.toReversed()) {
        await service.stop(stateDir);
    }
}
