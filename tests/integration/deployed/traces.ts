/** What a program leaves on a machine, so that before and after can be compared. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDir } from "../../../local/paths.ts";

/** Folders that are not looked into: the tools' cache, and what Node and npm keep for all projects. */
const CACHES = [cacheDir(), join(homedir(), ".npm"), join(homedir(), ".cache"), join(tmpdir(), "node-compile-cache")];

/** Files outside of the project's own folder, as paths. */
export function filesOutside(): string[] {
    const beside = [homedir(), tmpdir(), "/run", "/var/lib", "/etc/systemd/system"].filter(existsSync);
    return beside.flatMap((folder) => filesIn(folder));
}

/** To a depth that shows a program's own folder: what lies in somebody else's changes all the time. */
function filesIn(folder: string, depth = 1): string[] {
    if (CACHES.includes(folder)) {
        return [];
    }
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() && depth > 0 ? [path, ...filesIn(path, depth - 1)] : [path];
    });
}

/** Ids of the processes whose command line or environment names a folder. */
export function processesOf(folder: string): number[] {
    const names = (pid: string, file: string) => {
        try {
            return readFileSync(`/proc/${pid}/${file}`, "latin1").includes(folder);
        } catch {
            // It ended in between.
            return false;
        }
    };
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
        .filter((pid) => names(pid, "cmdline") || names(pid, "environ"))
        .map(Number);
}

/** Ports on which these processes listen. */
export function portsOf(pids: number[]): number[] {
    const listening = execFileSync("ss", ["-ltnpH"], { encoding: "utf8" }).split("\n");
    return listening
        .filter((line) => pids.some((pid) => line.includes(`pid=${pid},`)))
        .map((line) => Number(/:(\d+)\s/.exec(line)?.[1]));
}

/** Places where a folder's file systems are mounted. */
export function mountsIn(folder: string): string[] {
    const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
    return mounts.map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith(folder));
}
