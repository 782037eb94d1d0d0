import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process by its id and when it began, so that another one that got the same id later is not taken for it. */
export interface ProcessIdentity {
    pid: number;
    /** When it began, as the system tells it. */
    began: string;
}

/** What the system tells of a process: its program's name, and the fields behind it, the state first. Linux alone. */
function statOf(pid: number): { program: string; fields: string[] } {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses, and may hold spaces.
    const [at, end] = [stat.indexOf("("), stat.lastIndexOf(")")];
    return { program: stat.slice(at + 1, end), fields: stat.slice(end + 2).split(" ") };
}

/** The identity of a process that runs; `undefined` when none has that id. */
export function identify(pid: number): ProcessIdentity | undefined {
    try {
        const { fields } = statOf(pid);
        return fields[0] === "Z" ? undefined : { pid, began: fields[19] ?? "" };
    } catch {
        return process.platform === "linux" ? undefined : identifyByPs(pid);
    }
}

/** The id of a process's parent; 0 where it has ended, or the system does not tell. */
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

/** Whether that very process still runs. */
export function isAlive({ pid, began }: ProcessIdentity): boolean {
    return identify(pid)?.began === began;
}

/** A process that was found by its environment. */
export interface FoundProcess {
    process: ProcessIdentity;
    /** What the variable says. */
    value: string;
    /** The name of its program, up to 15 letters of it. */
    program: string;
    /** Whether it leads its process group, as what was started for itself does. */
    isLeader: boolean;
}

/** The flag of a thread of the kernel, which has no environment: `PF_KTHREAD` of Linux's `sched.h`. */
const KERNEL_THREAD = 0x00200000;
/** How often, and after how long each time, a process is asked again that has no environment yet. */
const LOOKS = 10;
const BETWEEN_LOOKS_MS = 5;

/**
 * The processes whose environment has a variable: those of this user, on Linux alone. What a process inherited from another one
 * counts as well. A process that is just becoming another program (`exec`) has no environment for a moment, though it has the
 * same one before and after: it is asked again.
 */
export function processesWith(variable: string): FoundProcess[] {
    if (process.platform !== "linux") {
        return [];
    }
    const start = `${variable}=`;
    const found: FoundProcess[] = [];
    let unclear = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    for (let look = 0; unclear.length > 0 && look <= LOOKS; look += 1) {
        if (look > 0) {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_LOOKS_MS);
        }
        unclear = unclear.filter((name) => {
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
                // It ended in between, or is another user's.
            }
            return false;
        });
    }
    return found;
}

/** Asks a process to end, and ends it when it has not after a while. */
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
 * Has a script run as soon as this process is gone, whatever ends it. It costs a shell that waits; where there is none, the
 * script does not run.
 *
 * @returns takes that back
 */
export function runAfterMe(script: string, argument: string): () => void {
    // Who reads from this process reads to the end when it is gone.
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
