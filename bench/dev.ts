/** `npm run dev`: from a file that is saved to the code that is served. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { copyTree } from "./copyTree.ts";
import { median, quantile, type Row } from "./row.ts";

/** Saved files of each part that is served, none of which has to be deployed too: code of one, of all, and the site's. */
const FILES = {
    "a function": "docker/story-text-regen/handlers.ts",
    "the agent service": "docker/story-generator/routes/health.ts",
    "what all share": "docker/shared/apiErrors.ts",
    "the contract": "contract/agentRoutes.ts",
    "the site": "site/src/Problem.tsx",
};
const CHANGES = 20;
const REASON_MS = 500;

/** Times changes of each part, one after the other. */
export async function measureDev(): Promise<Row[]> {
    const { tree, env, remove } = await copyTree();
    const child = spawn(process.execPath, ["local/runtime/dev/main.ts", "--no-images"], {
        cwd: tree,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
    });
    try {
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        await lineThat(lines, (line) => line.startsWith("Watching"));
        const rows: Row[] = [];
        for (const [part, path] of Object.entries(FILES)) {
            const times: number[] = [];
            for (let change = 0; change < CHANGES; change += 1) {
                times.push(await timeOf(lines, join(tree, path), path, change));
            }
            const row = {
                what: `dev: a file of ${part} saved, to served (${CHANGES} changes)`,
                measured: `p50 ${seconds(median(times))}, p95 ${seconds(quantile(times, 0.95))}`,
                limit: "p50 1 s, p95 1.5 s",
            };
            console.error(`${row.what}: ${row.measured}`);
            rows.push(row);
        }
        return rows;
    } finally {
        child.kill("SIGINT");
        if (child.exitCode === null) {
            await once(child, "exit");
        }
        await execa(process.execPath, ["local/main.ts", "down"], { cwd: tree, env, reject: false });
        await remove();
    }
}

/** Milliseconds from a change of a file to the line that says it is served. */
async function timeOf(lines: AsyncIterator<string>, file: string, path: string, change: number): Promise<number> {
    const text = readFileSync(file, "utf8");
    const saved = join(dirname(file), ".saved");
    writeFileSync(saved, `${text}\nglobalThis.changed = ${change};\n`);
    const began = performance.now();
    // As editors save: a file that is written in place may be read when it is half there.
    renameSync(saved, file);
    await lineThat(lines, (line) => line.startsWith(`✓ ${path}: `) && line.includes("served"));
    return performance.now() - began;
}

async function lineThat(lines: AsyncIterator<string>, isWanted: (line: string) => boolean): Promise<void> {
    for (;;) {
        const { value, done } = await lines.next();
        if (done) {
            throw new Error("npm run dev has ended");
        }
        if (value.startsWith("✗")) {
            throw new Error([value, ...(await indentedLines(lines))].join("\n"));
        }
        if (isWanted(value)) {
            return;
        }
    }
}

/** The lines that give the reason for the one before them. */
async function indentedLines(lines: AsyncIterator<string>): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
        // They are printed at once; nothing may follow them.
        const next = await Promise.race([lines.next(), sleep(REASON_MS, undefined)]);
        if (next === undefined || next.done || !next.value.startsWith(" ")) {
            return found;
        }
        found.push(next.value);
    }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
