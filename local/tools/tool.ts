import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { takeLock } from "../lib/lock.ts";
import { cacheDir } from "../lib/paths.ts";
import type { Screen, Step } from "../lib/screen.ts";

/** How a tool is installed. */
export interface Installer {
    /** A description for display: "download from github.com". */
    description: string;
    /** Fills an empty folder with the tool, or throws with the reason why it can't. */
    install(folder: string, step: Step, signal: AbortSignal): Promise<void>;
}

/** A tool that the local cloud needs: where to look for it, and how to make it if it is missing. */
export interface Tool {
    /** Its name and version, for display. */
    title: string;
    /** The path of an installed one outside of the cache, if there is one. */
    find?(): string | undefined | Promise<string | undefined>;
    /** Its folder in the cache. */
    folder: string;
    /** The file in `folder` to return. */
    file: string;
    /** Whether `folder` was made from older sources, so that it is made again. Default: never. */
    isOutdated?(): boolean;
    /** How it is installed, best first. */
    installers: Installer[];
    /** What to do when all of them failed. */
    advice: string;
}

/** The file in a tool's folder that names its installer. */
const ORIGIN = ".origin";

/** The origin of a tool in the cache, for display. */
export function originOf({ folder, file }: Tool): string {
    const path = join(folder, ORIGIN);
    if (existsSync(path)) {
        return readFileSync(path, "utf8");
    }
    return existsSync(join(folder, file)) ? "was here already" : "to be set up";
}

/** A tool could not be set up. */
export class ToolError extends Error {
    override readonly name = "ToolError";
}

/** Finds tools, and makes those that are missing. */
export class ToolSet {
    readonly #screen: Screen;
    readonly #signal: AbortSignal;

    constructor(screen: Screen, signal: AbortSignal) {
        this.#screen = screen;
        this.#signal = signal;
    }

    /**
     * The path of a tool, which is made first if it is not there.
     *
     * @throws {ToolError} with every installer that was tried, why it failed, and what to do
     */
    async provide(tool: Tool): Promise<string> {
        const path = join(tool.folder, tool.file);
        const isMade = () => existsSync(path) && !tool.isOutdated?.();
        const there = (await tool.find?.()) ?? (isMade() ? path : undefined);
        if (there) {
            return there;
        }
        const step = this.#screen.step(tool.title);
        try {
            const release = await takeLock(
                join(cacheDir(), "locks", `${tool.title.replaceAll(/[^\w.]+/g, "-")}.lock`),
                ({ pid }) => step.progress(`process ${pid} is setting it up already; waiting for it`),
                this.#signal,
            );
            try {
                const outcome = isMade() ? "set up by another process" : await this.#make(tool, step);
                step.done(outcome);
            } finally {
                release();
            }
        } catch (error) {
            step.failed(this.#signal.aborted ? "stopped" : "could not be set up");
            throw error;
        }
        return path;
    }

    /** Tries the installers in turn, in a temporary folder that is then renamed, so that no incomplete tool is found. */
    async #make(tool: Tool, step: Step): Promise<string> {
        const tried: string[] = [];
        for (const installer of tool.installers) {
            const work = `${tool.folder}.${process.pid}.tmp`;
            try {
                rmSync(work, { recursive: true, force: true });
                mkdirSync(work, { recursive: true });
                step.progress(installer.description);
                await installer.install(work, step, this.#signal);
                writeFileSync(join(work, ORIGIN), installer.description.replace(/, which takes .*$/, ""));
                mkdirSync(dirname(tool.folder), { recursive: true });
                rmSync(tool.folder, { recursive: true, force: true });
                renameSync(work, tool.folder);
                return installer.description;
            } catch (error) {
                this.#signal.throwIfAborted();
                tried.push(`${installer.description}: ${reason(error)}`);
            } finally {
                rmSync(work, { recursive: true, force: true });
            }
        }
        throw new ToolError(
            [
                `${tool.title} is not here and could not be set up.`,
                ...tried.map((line) => `  - ${line}`),
                tool.advice,
            ].join("\n"),
        );
    }
}

function reason(error: unknown): string {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") {
        return `the disk is full (${cacheDir()})`;
    }
    return error instanceof Error ? error.message : String(error);
}

/** The path of a command on PATH. npm's packages that install a program on first use are left out. */
export function onPath(command: string): string | undefined {
    const folders = (process.env.PATH ?? "").split(delimiter).concat("/usr/sbin", "/sbin", "/usr/local/bin");
    return folders
        .filter((folder) => folder && !folder.replace(/\/$/, "").endsWith("node_modules/.bin"))
        .map((folder) => join(folder, command))
        .find(isExecutable);
}

/** Whether a file exists and is executable. */
export function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
