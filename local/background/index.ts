/** All background services of a local cloud. */
import { buildkit } from "./buildkit.ts";
import { ministack } from "./emulator.ts";
import { gateway } from "./gateway.ts";
import { runtime } from "./runtime.ts";
import type { BackgroundService } from "./service.ts";
import { upstreams } from "./upstreams.ts";

/** Each after the services that it calls: the order of starting; they are stopped in reverse order. */
export const backgroundServices: readonly BackgroundService[] = [ministack, gateway, buildkit, upstreams, runtime];

/** Stops all services of a local cloud. */
export async function stopAll(stateDir: string): Promise<void> {
    for (const service of backgroundServices.toReversed()) {
        await service.stop(stateDir);
    }
}
