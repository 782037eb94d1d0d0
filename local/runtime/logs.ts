/** `npm run local:logs`: what all parts of the local cloud write, as they write it, each in a colour of its own. */
import { existsSync, openSync, readdirSync, readSync, statSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { Command } from "commander";
import { stateDir } from "../paths.ts";

const COLOURS = ["cyan", "magenta", "yellow", "green", "blue", "red", "gray", "cyanBright", "magentaBright"] as const;

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
    .argument("[parts...]", "only these, by a part of their names, for example emulator or text")
    .option("--no-follow", "show the end of each log and stop")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
const { follow } = program.parse().opts<{ follow: boolean }>();
const folder = join(stateDir(), "logs");
if (!existsSync(folder)) {
    console.error("There are no logs yet: `npm run local` starts the local cloud.");
    process.exit(1);
}
if (logNames().length === 0) {
    console.error(`No part is called so. There are: ${allLogs().map(labelOf).join(", ")}`);
    process.exit(2);
}
// Whoever reads may have seen enough.
process.stdout.once("error", () => process.exit(0));
const followed = new Map<string, Followed>();
readAll(true);
if (follow) {
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
    return allLogs().filter(
        (name) => program.args.length === 0 || program.args.some((part) => labelOf(name).includes(part)),
    );
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
