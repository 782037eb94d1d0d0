import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { storedState } from "../../../local/cloud/storedState.ts";
import { cacheDir } from "../../../local/lib/paths.ts";

const root = join(import.meta.dirname, "../../..");

/** A local cloud command's output and exit. */
export interface Ended {
    text: string;
    code: number;
}

/** The outputs of a stack; all but `image_refs` are text. */
export type Outputs = Record<string, string> & { image_refs: Record<string, string> };

/** Copies the project's files that git tracks. */
export async function copyProject(folder: string): Promise<void> {
    const { stdout } = await execa("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root });
    for (const path of stdout.split("\n").filter((path) => existsSync(join(root, path)))) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        cpSync(join(root, path), join(folder, path), { preserveTimestamps: true });
    }
}

/** Links the project's own packages into a copy of the project. */
export function linkPackages(folder: string): void {
    for (const packages of ["node_modules", "docker/node_modules", "site/node_modules"]) {
        if (existsSync(join(root, packages))) {
            symlinkSync(join(root, packages), join(folder, packages));
        }
    }
}

/** A copy of the project with its own local cloud on free ports, in a folder with a name that people would use. */
export class CloudCopy {
    readonly folder: string;
    /** Home and temporary folder of its commands, in which a test can see leftovers. */
    readonly outside: string;

    private constructor(folder: string) {
        this.folder = folder;
        this.outside = `${folder}-outside`;
        mkdirSync(this.#home, { recursive: true });
        mkdirSync(join(this.outside, "tmp"));
    }

    /** Makes a copy; its packages are shared. */
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

    /** The file that the last deployment wrote. */
    local(): { outputs: Outputs; emulator: string; region: string } {
        return JSON.parse(readFileSync(join(this.stateDir, "local.json"), "utf8"));
    }

    /** Waits until a running deployment has created and recorded several resources. */
    async somethingMade(): Promise<void> {
        const before = this.#recorded();
        while (this.#recorded() < before + 10) {
            await sleep(20);
        }
    }

    /** The number of resources in the stack's state. */
    #recorded(): number {
        try {
            return storedState(this.stateDir).resources.length;
        } catch {
            // The file is being written.
            return 0;
        }
    }

    /** Runs a command to its end. */
    async run(...args: string[]): Promise<Ended> {
        return await this.start(...args).ended;
    }

    /** Runs the images' check to its end. */
    async check(...args: string[]): Promise<Ended> {
        return await this.startCheck(...args).ended;
    }

    /** Starts a command; `seen` waits for a text in its output. */
    start(...args: string[]) {
        return this.#start("local/main.ts", args);
    }

    /** Starts the images' check in the same way. */
    startCheck(...args: string[]) {
        return this.#start("tests/images/main.ts", args);
    }

    /** Starts `npm run dev` in the same way. */
    startDev(...args: string[]) {
        return this.#start("local/runtime/dev/main.ts", args);
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

    /** Ends running processes, and removes the copy. */
    async remove(): Promise<void> {
        await this.run("down");
        rmSync(this.folder, { recursive: true, force: true });
        rmSync(this.outside, { recursive: true, force: true });
    }
}

/** The working process of a started command, a child of the process that only forwards signals. */
export function workerOf(child: ChildProcess): number {
    return childrenOf(child.pid ?? 0)[0] ?? 0;
}

/** The descendant process with a name. */
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

/** A process's children, of all of its threads. */
function childrenOf(pid: number): number[] {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
        readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
    );
}
