import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process by its id and its start time, so that a later process with the same id is told apart. */
export interface ProcessIdentity {
    pid: number;
    /** Its start time, in the system's format. */
    began: string;
}

/** A process's `/proc/PID/stat`: its program's name, and the fields after it, the state first. Linux only. */
function statOf(pid: number): { program: string; fields: string[] } {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses, and may have spaces.
    const [at, end] = [stat.indexOf("("), stat.lastIndexOf(")")];
    return { program: stat.slice(at + 1, end), fields: stat.slice(end + 2).split(" ") };
}

/** The identity of a running process; `undefined` when none has that id. */
export function identify(pid: number): ProcessIdentity | undefined {
    try {
        const { fields } = statOf(pid);
        return fields[0] === "Z" ? undefined : { pid, began: fields[19] ?? "" };
    } catch {
        return process.platform === "linux" ? undefined : identifyByPs(pid);
    }
}

/** The id of a process's parent; 0 if the process has ended or the system has no /proc. */
export function parentOf({ pid }: ProcessIdentity): number {
    try {
        return Number(statOf(pid).fields[1]);
    } catch {
        return 0;
    }
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
    try {
        const began = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
        return began ? { pid, began } : undefined;
    } catch {
        return undefined;
    }
}

/** Whether the same process still runs. */
export function isAlive({ pid, began }: ProcessIdentity): boolean {
    return identify(pid)?.began === began;
}

/** A process that was found by its environment. */
export interface FoundProcess {
    process: ProcessIdentity;
    /** The variable's value. */
    value: string;
    /** The name of its program, cut to 15 characters. */
    program: string;
    /** Whether it leads its process group, as a detached process does. */
    isLeader: boolean;
}

/** The flag of kernel threads, which have no environment: `PF_KTHREAD` of Linux's `sched.h`. */
const KERNEL_THREAD = 0x00200000;
/** How often, and after which delay, a process without an environment is read again. */
const MAX_ATTEMPTS = 10;
const RETRY_MS = 5;

/**
 * The processes of this user whose environment has a variable, inherited or not; on Linux only. During `exec` a process has no
 * environment for a moment, though it has the same one before and after: it is read again.
 */
export function processesWith(variable: string): FoundProcess[] {
    if (process.platform !== "linux") {
        return [];
    }
    const start = `${variable}=`;
    const found: FoundProcess[] = [];
    let unknown = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    for (let attempt = 0; unknown.length > 0 && attempt <= MAX_ATTEMPTS; attempt += 1) {
        if (attempt > 0) {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
        }
        unknown = unknown.filter((name) => {
            try {
                const environment = readFileSync(`/proc/${name}/environ`, "utf8");
                const { program, fields } = statOf(Number(name));
                if (environment === "") {
                    return fields[0] !== "Z" && (Number(fields[6]) & KERNEL_THREAD) === 0;
                }
                const value = environment.split("\0").find((one) => one.startsWith(start));
                const identity = value === undefined ? undefined : identify(Number(name));
                if (value !== undefined && identity !== undefined) {
                    const isLeader = fields[2] === name;
                    found.push({ process: identity, value: value.slice(start.length), program, isLeader });
                }
            } catch {
                // The process has ended, or is another user's.
            }
            return false;
        });
    }
    return found;
}

/** Sends SIGTERM to a process, and SIGKILL if it has not ended after a while. */
export async function endProcess(identity: ProcessIdentity, patienceMs = 15_000): Promise<void> {
    const signal = (name: NodeJS.Signals) => {
        try {
            process.kill(identity.pid, name);
        } catch {
            // It ended in between.
        }
    };
    if (!isAlive(identity)) {
        return;
    }
    signal("SIGTERM");
    const deadline = Date.now() + patienceMs;
    while (isAlive(identity)) {
        if (Date.now() > deadline) {
            signal("SIGKILL");
        }
        await sleep(50);
    }
}

/**
 * Runs a script as soon as this process ends, for whatever reason. A shell waits for that; on a system without one, the script
 * does not run.
 *
 * @returns cancels it
 */
export function runAfterExit(script: string, argument: string): () => void {
    // The shell's `read` gets the end of its input when this process ends.
    const waiting: ChildProcess = spawn(
        "sh",
        ["-c", 'read -r _; exec "$@"', "sh", process.execPath, script, argument],
        { detached: true, stdio: ["pipe", "ignore", "ignore"] },
    );
    waiting.once("error", () => undefined);
    waiting.unref();
    (waiting.stdin as unknown as { unref(): void }).unref();
    return () => void waiting.kill("SIGKILL");
}
