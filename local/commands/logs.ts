/** `npm run local:logs`: what all parts of the local cloud write, as they write it, each in a colour of its own. */
import { existsSync, openSync, readdirSync, readSync, statSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { runningEmulator } from "../background/emulator.ts";
import { UsageError } from "../lib/usageError.ts";

const COLOURS = ["cyan", "magenta", "yellow", "green", "blue", "red", "gray", "cyanBright", "magentaBright"] as const;

/** What a person calls the parts of a deployment, as `story42 logs` does, and what their logs' names have in them. */
const DEPLOYED: Record<string, string> = {
    text: "story-text-regen",
    image: "story-image-regen",
    "data-ops": "data-ops",
    agent: "story-generator",
};

/** Bytes from each file's end that are shown first. */
const LOOK_BACK = 2_000;
const CHUNK = 64 * 1024;

interface Followed {
    file: number;
    at: number;
    rest: string;
    label: string;
}

/** What the `logs` command is asked for. */
export interface LogsOptions {
    stateDir: string;
    /** The parts to show. All of them when there is none. */
    parts: string[];
    /** Whether to go on showing what is written, as long as the local cloud runs. */
    follow: boolean;
}

/**
 * Shows what the parts of a local cloud write.
 *
 * @throws {UsageError} for a part that there is none of
 */
export async function logs({ stateDir, parts, follow }: LogsOptions): Promise<void> {
    const folder = join(stateDir, "logs");
    if (!existsSync(folder)) {
        throw new Error("There are no logs: the local cloud does not run. `npm run local` starts it.");
    }
    const all = logsIn(folder);
    const silent = parts.filter((part) => !all.some((name) => isOf(part, name)));
    const strange = silent.filter((part) => !(part in DEPLOYED));
    if (strange.length > 0) {
        const there = [...Object.keys(DEPLOYED), ...all.map(labelOf)];
        throw new UsageError(`There is no log of ${strange.join(", ")}. There are: ${there.join(", ")}`);
    }
    if (silent.length > 0) {
        console.error(`Nothing yet of ${silent.join(", ")}: a log begins with the first call.`);
    }
    const runs = runningEmulator(stateDir) !== undefined;
    if (!runs) {
        console.error("The local cloud does not run. This is what it wrote last.");
    }
    // Whoever reads may have seen enough.
    process.stdout.once("error", () => process.exit(0));
    const followed = new Map<string, Followed>();
    readAll(folder, parts, followed, LOOK_BACK);
    if (!(follow && runs)) {
        return;
    }
    // Nothing is under way that would have to be finished.
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

/** Prints what the logs that are asked for have more than before; of a log that is new, its last bytes. */
function readAll(folder: string, parts: string[], followed: Map<string, Followed>, lookBack: number): void {
    const names = logsIn(folder).filter((name) => parts.length === 0 || parts.some((part) => isOf(part, name)));
    const width = Math.max(0, ...names.map((name) => labelOf(name).length));
    for (const name of names.sort()) {
        const part = followed.get(name) ?? open(join(folder, name), followed.size, lookBack);
        followed.set(name, part);
        print(part, width);
    }
}

function logsIn(folder: string): string[] {
    return readdirSync(folder).filter((name) => name.endsWith(".log"));
}

/** Whether a log is of the part that a person calls so. */
function isOf(part: string, name: string): boolean {
    return labelOf(name).includes(DEPLOYED[part] ?? part);
}

function labelOf(name: string): string {
    return basename(name, ".log");
}

function open(path: string, index: number, lookBack: number): Followed {
    const colour = COLOURS[index % COLOURS.length] ?? "white";
    const at = Math.max(0, statSync(path).size - lookBack);
    const label = labelOf(path);
    return { file: openSync(path, "r"), at, rest: "", label: process.stdout.isTTY ? styleText(colour, label) : label };
}

function print(part: Followed, width: number): void {
    const buffer = Buffer.alloc(CHUNK);
    const padding = " ".repeat(Math.max(0, width - plain(part.label).length));
    for (;;) {
        const size = readSync(part.file, buffer, 0, CHUNK, part.at);
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
