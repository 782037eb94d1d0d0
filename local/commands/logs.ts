/** `npm run local:logs`: shows and follows the logs of all parts of the local cloud, each in its own colour. */
import { existsSync, openSync, readdirSync, readSync, statSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { runningEmulator } from "../background/emulator.ts";
import { UsageError } from "../lib/usageError.ts";

const COLOURS = ["cyan", "magenta", "yellow", "green", "blue", "red", "gray", "cyanBright", "magentaBright"] as const;

/** The names of deployed parts, as in `story42 logs`, and the text that their logs' names contain. */
const DEPLOYED: Record<string, string> = {
    text: "story-text-regen",
    image: "story-image-regen",
    "data-ops": "data-ops",
    agent: "story-generator",
};

/** Bytes from the end of each file that are shown at the start. */
const MAX_INITIAL_BYTES = 2_000;
const CHUNK_BYTES = 64 * 1024;

interface Followed {
    file: number;
    at: number;
    rest: string;
    label: string;
}

/** Options of the command `logs`. */
export interface LogsOptions {
    stateDir: string;
    /** The parts to show. Empty: all of them. */
    parts: string[];
    /** Whether to follow the logs, as long as the local cloud runs. */
    follow: boolean;
}

/**
 * Shows the logs of a local cloud's parts.
 *
 * @throws {UsageError} for an unknown part
 */
export async function logs({ stateDir, parts, follow }: LogsOptions): Promise<void> {
    const folder = join(stateDir, "logs");
    if (!existsSync(folder)) {
        throw new Error("There are no logs: the local cloud does not run. `npm run local` starts it.");
    }
    const all = logsIn(folder);
    const silent = parts.filter((part) => !all.some((name) => isOf(part, name)));
    const unknown = silent.filter((part) => !(part in DEPLOYED));
    if (unknown.length > 0) {
        const names = [...Object.keys(DEPLOYED), ...all.map(labelOf)];
        throw new UsageError(`There is no log of ${unknown.join(", ")}. There are: ${names.join(", ")}`);
    }
    if (silent.length > 0) {
        console.error(`Nothing yet of ${silent.join(", ")}: a log begins with the first call.`);
    }
    const runs = runningEmulator(stateDir) !== undefined;
    if (!runs) {
        console.error("The local cloud does not run. This is what it wrote last.");
    }
    // The reader may close the pipe.
    process.stdout.once("error", () => process.exit(0));
    const followed = new Map<string, Followed>();
    readAll(folder, parts, followed, MAX_INITIAL_BYTES);
    if (!(follow && runs)) {
        return;
    }
    // There is nothing to finish before the exit.
    process.prependOnceListener("SIGINT", () => process.exit(0));
    let hasChanged = false;
    watch(folder, () => {
        hasChanged = true;
    });
    for (;;) {
        await sleep(100);
        if (hasChanged) {
            hasChanged = false;
            readAll(folder, parts, followed, Number.POSITIVE_INFINITY);
        }
    }
}

/** Prints what was added to the requested logs; of a new log, its last bytes. */
function readAll(folder: string, parts: string[], followed: Map<string, Followed>, maxBytes: number): void {
    const names = logsIn(folder).filter((name) => parts.length === 0 || parts.some((part) => isOf(part, name)));
    const width = Math.max(0, ...names.map((name) => labelOf(name).length));
    for (const name of names.sort()) {
        const part = followed.get(name) ?? open(join(folder, name), followed.size, maxBytes);
        followed.set(name, part);
        print(part, width);
    }
}

function logsIn(folder: string): string[] {
    return readdirSync(folder).filter((name) => name.endsWith(".log"));
}

/** Whether a log belongs to the part of this name. */
function isOf(part: string, name: string): boolean {
    return labelOf(name).includes(DEPLOYED[part] ?? part);
}

function labelOf(name: string): string {
    return basename(name, ".log");
}

function open(path: string, index: number, maxBytes: number): Followed {
    const colour = COLOURS[index % COLOURS.length] ?? "white";
    const at = Math.max(0, statSync(path).size - maxBytes);
    const label = labelOf(path);
    return { file: openSync(path, "r"), at, rest: "", label: process.stdout.isTTY ? styleText(colour, label) : label };
}

function print(part: Followed, width: number): void {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const padding = " ".repeat(Math.max(0, width - plain(part.label).length));
    for (;;) {
        const size = readSync(part.file, buffer, 0, CHUNK_BYTES, part.at);
        if (size === 0) {
            return;
        }
        part.at += size;
        const lines = (part.rest + buffer.toString("utf8", 0, size)).split("\n");
        part.rest = lines.pop() ?? "";
        for (const line of lines) {
            process.stdout.write(`${part.label}${padding} | ${line}\n`);
        }
    }
}

/** A label without its colour. */
function plain(label: string): string {
    return label.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "");
}
