import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { storedState } from "../../../local/cloud/storedState.ts";
import { cacheDir } from "../../../local/lib/paths.ts";

const root = join(import.meta.dirname, "../../..");

/** What a command of the local cloud said and how it ended. */
export interface Ended {
    text: string;
    code: number;
}

/** The outputs of a stack; all but the images' are text. */
export type Outputs = Record<string, string> & { image_refs: Record<string, string> };

/** Copies what git knows of the project. */
export async function copyProject(folder: string): Promise<void> {
    const { stdout } = await execa("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root });
    for (const path of stdout.split("\n").filter((path) => existsSync(join(root, path)))) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        cpSync(join(root, path), join(folder, path), { preserveTimestamps: true });
    }
}

/** Has a copy of the project use the project's own packages. */
export function linkPackages(folder: string): void {
    for (const packages of ["node_modules", "docker/node_modules", "site/node_modules"]) {
        if (existsSync(join(root, packages))) {
            symlinkSync(join(root, packages), join(folder, packages));
        }
    }
}

/** A copy of the project with a local cloud of its own, on free ports, in a folder with a name as people give it. */
export class CloudCopy {
    readonly folder: string;
    /** The home and the folder for temporary files that its commands have: what they leave there can be seen. */
    readonly outside: string;

    private constructor(folder: string) {
        this.folder = folder;
        this.outside = `${folder}-outside`;
        mkdirSync(this.#home, { recursive: true });
        mkdirSync(join(this.outside, "tmp"));
    }

    /** Packages are shared. */
    static async make(): Promise<CloudCopy> {
        const folder = mkdtempSync(join(tmpdir(), "story-42 für alle-"));
        await copyProject(folder);
        linkPackages(folder);
        return new CloudCopy(folder);
    }

    get stateDir(): string {
        return join(this.folder, ".story42");
    }

    get #home(): string {
        return join(this.outside, "a home");
    }

    /** The environment of its commands. */
    get env(): NodeJS.ProcessEnv {
        return {
            ...process.env,
            HOME: this.#home,
            TMPDIR: join(this.outside, "tmp"),
            STORY42_CACHE: cacheDir(),
            STORY42_STATE_DIR: this.stateDir,
            STORY42_EMULATOR_PORT: "0",
        };
    }

    /** What the last deployment wrote. */
    local(): { outputs: Outputs; emulator: string; region: string } {
        return JSON.parse(readFileSync(join(this.stateDir, "local.json"), "utf8"));
    }

    /** Waits until a deployment that runs has made, and recorded, several things. */
    async somethingMade(): Promise<void> {
        const before = this.#recorded();
        while (this.#recorded() < before + 10) {
            await sleep(20);
        }
    }

    /** How many resources the stack's state has. */
    #recorded(): number {
        try {
            return storedState(this.stateDir).resources.length;
        } catch {
            // It is being written right now.
            return 0;
        }
    }

    /** Runs a command to its end. */
    async run(...args: string[]): Promise<Ended> {
        return await this.start(...args).ended;
    }

    /** Runs the check of the images to its end. */
    async check(...args: string[]): Promise<Ended> {
        return await this.startCheck(...args).ended;
    }

    /** Starts a command; `seen` waits until it says something. */
    start(...args: string[]) {
        return this.#start("local/main.ts", args);
    }

    /** Starts the check of the images, likewise. */
    startCheck(...args: string[]) {
        return this.#start("tests/images/main.ts", args);
    }

    /** Starts the command that serves what is saved, likewise. */
    startDev(...args: string[]) {
        return this.#start("dev/main.ts", args);
    }

    #start(script: string, args: string[]) {
        const child = spawn(process.execPath, ["scripts/run.mjs", script, ...args], {
            cwd: this.folder,
            stdio: ["ignore", "pipe", "pipe"],
            env: this.env,
        });
        const said = { text: "" };
        const watchers = new Set<() => void>();
        for (const stream of [child.stdout, child.stderr]) {
            stream.on("data", (data) => {
                said.text += data;
                for (const watch of watchers) {
                    watch();
                }
            });
        }
        const ended = new Promise<Ended>((resolve) => {
            child.once("close", (code, signal) => resolve({ text: said.text, code: signal ? 137 : (code ?? 1) }));
        });
        const seen = (pattern: RegExp) =>
            Promise.race([
                new Promise<void>((resolve) => {
                    const watch = () => pattern.test(said.text) && resolve();
                    watchers.add(watch);
                    watch();
                }),
                ended.then(({ text }) => {
                    if (!pattern.test(text)) {
                        throw new Error(`It ended without saying ${pattern}:\n${text}`);
                    }
                }),
            ]);
        return { child, ended, seen };
    }

    /** Ends whatever still runs, and removes the copy. */
    async remove(): Promise<void> {
        await this.run("down");
        rmSync(this.folder, { recursive: true, force: true });
        rmSync(this.outside, { recursive: true, force: true });
    }
}

/** The process that does a started command's work, below the one that only passes signals on. */
export function workerOf(child: ChildProcess): number {
    return childrenOf(child.pid ?? 0)[0] ?? 0;
}

/** The process of a name somewhere below another one. */
export function descendantOf(ancestor: number, name: string): number {
    const below = [ancestor];
    for (const pid of below) {
        if (readFileSync(`/proc/${pid}/comm`, "utf8").startsWith(name.slice(0, 15))) {
            return pid;
        }
        below.push(...childrenOf(pid));
    }
    throw new Error(`no ${name} runs below process ${ancestor}`);
}

/** A process's children, whichever of its threads started them. */
function childrenOf(pid: number): number[] {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
        readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
    );
}
