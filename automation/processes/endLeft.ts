/** Ends what a driver has left that died; the argument says by which mark, and names its folder of the time. */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endLeft, PATIENCE_MS } from "./leftProcesses.ts";

const { mark, folder } = JSON.parse(process.argv[2] ?? "{}") as { mark: Record<string, string>; folder?: string };

async function end(): Promise<void> {
    await endLeft(mark);
    if (process.platform !== "linux") {
        // Where its worker can't be seen, it may still be at work in the folder.
        await sleep(PATIENCE_MS);
    }
    if (folder !== undefined) {
        rmSync(folder, { recursive: true, force: true });
    }
}

void end();
