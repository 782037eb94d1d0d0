/** Ends what a driver has left that died; the argument says by which mark, and names its folder of the time. */
import { rmSync } from "node:fs";
import { endLeft } from "./leftProcesses.ts";

const { mark, folder } = JSON.parse(process.argv[2] ?? "{}") as { mark: Record<string, string>; folder?: string };
void endLeft(mark).then(() => {
    if (folder !== undefined) {
        rmSync(folder, { recursive: true, force: true });
    }
});
