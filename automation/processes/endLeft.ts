/** Ends the processes of a driver that died, and removes its temporary folder; the argument has their mark and the folder. */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endRemaining, PATIENCE_MS } from "./leftProcesses.ts";

const { mark, folder } = JSON.parse(process.argv[2] ?? "{}") as { mark: Record<string, string>; folder?: string };

async function end(): Promise<void> {
    await endRemaining(mark);
    if (process.platform !== "linux") {
        // Processes are found on Linux only: the worker may still use the folder.
        await sleep(PATIENCE_MS);
    }
    if (folder !== undefined) {
        rmSync(folder, { recursive: true, force: true });
    }
}

void end();
