/** Times the program, and the local cloud's commands with all tools installed. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { copyTree } from "./copyTree.ts";
import { median, type Row } from "./row.ts";

const root = join(import.meta.dirname, "..");
const RUNS = 5;

async function timed(work: () => Promise<unknown>): Promise<number> {
    const began = performance.now();
    await work();
    return performance.now() - began;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Node's flags for the program, as `pulumi up` takes them from the project's file. */
async function nodeFlags(): Promise<string[]> {
    const project = await readFile(join(root, "Pulumi.yaml"), "utf8");
    return /nodeargs: (.+)/.exec(project)?.[1]?.split(" ") ?? [];
}

async function measureProgram(): Promise<Row> {
    const flags = await nodeFlags();
    const times: number[] = [];
    let memory = 0;
    for (let run = 0; run < RUNS; run += 1) {
        times.push(
            await timed(async () => {
                const { stdout } = await execa(process.execPath, [...flags, "bench/program.mjs"], {
                    cwd: root,
                    // As in a shell: without the compile cache of `npm run`.
                    env: { NODE_COMPILE_CACHE: undefined },
                });
                memory = Math.max(memory, Number(stdout.trim().split("\n").at(-1)));
            }),
        );
    }
    return {
        what: `the program, to all resources registered, median of ${RUNS}`,
        measured: `${seconds(median(times))}, ${memory} MB`,
        limit: "1.5 s, 300 MB",
    };
}

/** Times the commands of the local cloud, each as a person would run it. */
export async function measureDeployment(): Promise<Row[]> {
    const { tree, env, remove } = await copyTree();
    const local = (...args: string[]) => execa(process.execPath, ["local/main.ts", ...args], { cwd: tree, env });
    try {
        const program = await measureProgram();
        const first = await timed(() => local("up", "--no-images"));
        const same = await timed(() => local("up", "--no-images"));
        const destroyed = await timed(() => local("pulumi", "destroy", "--yes"));
        await local("up");
        const source = join(tree, "docker/story-text-regen/prompts.ts");
        const text = await readFile(source, "utf8");
        const changedText = text.replace("You write stories", "You write good stories");
        if (changedText === text) {
            throw new Error(`${source} has not the words that were to be changed`);
        }
        await writeFile(source, changedText);
        const changed = await timed(() => local("up"));
        await local("down");
        return [
            program,
            { what: "first up, without the image builds", measured: seconds(first), limit: "30 s" },
            { what: "up with nothing changed", measured: seconds(same), limit: "5 s" },
            { what: "destroy", measured: seconds(destroyed), limit: "20 s" },
            {
                what: "one file of a function changed, to the updated function",
                measured: seconds(changed),
                limit: "12 s",
            },
        ];
    } finally {
        await local("down").catch(() => undefined);
        await remove();
    }
}
