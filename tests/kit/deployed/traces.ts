/** A program's traces on a machine, for comparison before and after. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of the entries in the folders that all programs of a machine share. */
export function sharedFiles(): string[] {
    return ["/run", "/var/lib", "/etc"].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
}

/** Ids of the processes whose command line or environment names a folder. */
export function processesOf(folder: string): number[] {
    const names = (pid: string, file: string) => {
        try {
            return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(folder);
        } catch {
            // The process ended meanwhile.
            return false;
        }
    };
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
        .filter((pid) => names(pid, "cmdline") || names(pid, "environ"))
        .map(Number);
}

/** A TCP listener. */
export interface Listener {
    address: string;
    port: number;
    pid: number;
}

/** The TCP listeners of these processes. */
export function listenersOf(pids: number[]): Listener[] {
    const listening = execFileSync("ss", ["-ltnpH"], { encoding: "utf8" }).split("\n");
    return listening.flatMap((line) => {
        const [, , , local = ""] = line.split(/\s+/);
        const pid = pids.find((one) => line.includes(`pid=${one},`));
        const at = local.lastIndexOf(":");
        return pid === undefined ? [] : [{ address: local.slice(0, at), port: Number(local.slice(at + 1)), pid }];
    });
}

/** Ports on which these processes listen. */
export function portsOf(pids: number[]): number[] {
    return listenersOf(pids).map(({ port }) => port);
}

/** Places where a folder's file systems are mounted. */
export function mountsIn(folder: string): string[] {
    const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
    // /proc writes a space in a path as \040.
    const written = (path: string) =>
        path.replaceAll(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
    return mounts.map((line) => written(line.split(" ")[1] ?? "")).filter((path) => path.startsWith(folder));
}
