/** `npm run local:logs`: what all parts of the local cloud write, as they write it, each in a colour of its own. */
import { existsSync, openSync, readdirSync, readSync, statSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { Command } from "commander";
import { runningEmulator } from "../background/emulator.ts";
import { stateDir } from "../lib/paths.ts";

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

const program = new Command("npm run local:logs --")
    .description("Follows what all parts of the local cloud write.")
    .argument(
        "[parts...]",
        `only these: ${Object.keys(DEPLOYED).join(", ")}, or by a part of their names, for example emulator`,
    )
    .option("--no-follow", "show the end of each log and stop")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
const { follow } = program.parse().opts<{ follow: boolean }>();
const folder = join(stateDir(), "logs");
if (!existsSync(folder)) {
    console.error("There are no logs: the local cloud does not run. `npm run local` starts it.");
    process.exit(1);
}
const strange = program.args.filter((part) => !(part in DEPLOYED) && !allLogs().some((name) => isOf(part, name)));
if (strange.length > 0) {
    const there = [...Object.keys(DEPLOYED), ...allLogs().map(labelOf)];
    console.error(`There is no log of ${strange.join(", ")}. There are: ${there.join(", ")}`);
    process.exit(2);
}
const silent = program.args.filter((part) => !allLogs().some((name) => isOf(part, name)));
if (silent.length > 0) {
    console.error(`Nothing yet of ${silent.join(", ")}: a log begins with the first call.`);
}
const runs = runningEmulator(stateDir()) !== undefined;
if (!runs) {
    console.error("The local cloud does not run. This is what it wrote last.");
}
// Whoever reads may have seen enough.
process.stdout.once("error", () => process.exit(0));
const followed = new Map<string, Followed>();
readAll(true);
if (follow && runs) {
    process.once("SIGINT", () => process.exit(0));
    await followChanges();
}

async function followChanges(): Promise<void> {
    let hasChanged = false;
    watch(folder, () => {
        hasChanged = true;
    });
    for (;;) {
        await sleep(100);
        if (hasChanged) {
            hasChanged = false;
            readAll(false);
        }
    }
}

function readAll(isFirst: boolean): void {
    const names = logNames();
    const width = Math.max(0, ...names.map((name) => labelOf(name).length));
    for (const name of names.sort()) {
        const part = followed.get(name) ?? open(name, isFirst ? LOOK_BACK : Number.POSITIVE_INFINITY);
        followed.set(name, part);
        print(part, width);
    }
}

function allLogs(): string[] {
    return readdirSync(folder).filter((name) => name.endsWith(".log"));
}

/** The logs that are asked for. */
function logNames(): string[] {
    return allLogs().filter((name) => program.args.length === 0 || program.args.some((part) => isOf(part, name)));
}

/** Whether a log is of the part that a person calls so. */
function isOf(part: string, name: string): boolean {
    return labelOf(name).includes(DEPLOYED[part] ?? part);
}

function labelOf(name: string): string {
    return basename(name, ".log");
}

function open(name: string, lookBack: number): Followed {
    const path = join(folder, name);
    const colour = COLOURS[followed.size % COLOURS.length] ?? "white";
    const at = Math.max(0, statSync(path).size - lookBack);
    const label = labelOf(name);
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
