/** What runs in place of an image that was never built: the bundle that its Dockerfile would have put into it. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { imageSources } from "../../stacks/images.ts";
import { standInImages } from "../images/standIn.ts";
import { root } from "../paths.ts";
import type { ImageFiles } from "./imageFiles.ts";

const run = promisify(execFile);

/** Where the Dockerfiles' build stage puts the bundle. */
const BUILD_OUTPUT = "/out";

/**
 * The bundle of the sources whose hash stands in for an image, made with the Dockerfile's own command.
 *
 * @returns undefined when the digest stands for none of the sources as they are now
 */
export async function bundleFor(digest: string, cache: string): Promise<ImageFiles | undefined> {
    // Only the digest counts: names of repositories differ from stack to stack.
    const standIns = Object.entries(standInImages("local", "local", "local"));
    const [name] = standIns.find(([, ref]) => ref.endsWith(digest)) ?? [];
    if (!name) {
        return undefined;
    }
    const { folder } = imageSources[name as keyof typeof imageSources];
    const dockerfile = readDockerfile(await readFile(join(root, folder, "Dockerfile"), "utf8"));
    const target = join(cache, digest.replace("sha256:", "").slice(0, 24));
    if (!existsSync(target)) {
        await build(dockerfile.bundler, target, dockerfile.workingDir);
    }
    return { root: target, workingDir: dockerfile.workingDir, command: dockerfile.command, env: dockerfile.env };
}

async function build(bundler: string[], target: string, workingDir: string): Promise<void> {
    await mkdir(join(target, ".."), { recursive: true });
    const folder = await mkdtemp(`${target}-`);
    try {
        const output = join(folder, workingDir);
        const [program = "", ...args] = bundler.map((word) => word.replaceAll(BUILD_OUTPUT, output));
        await run(program === "node" ? process.execPath : program, args, { cwd: root });
        await rename(folder, target);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

interface Dockerfile {
    bundler: string[];
    workingDir: string;
    command: string[];
    env: Record<string, string>;
}

/** What of a Dockerfile is needed here: the command that bundles, and the settings of its last stage. */
function readDockerfile(text: string): Dockerfile {
    const lines = text
        .split("\n")
        .filter((line) => !line.startsWith("#"))
        .join("\n")
        .replace(/\\\n/g, " ")
        .split("\n");
    const bundling =
        lines
            .findLast((line) => line.startsWith("RUN "))
            ?.slice("RUN ".length)
            .trim() ?? "";
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
    const copied = last.map((line) => /^COPY .*--from=\S+ \S+ (\S+)$/.exec(line)?.[1]).find(Boolean) ?? ".";
    const value = (word: string) =>
        last
            .findLast((line) => line.startsWith(`${word} `))
            ?.slice(word.length + 1)
            .trim();
    const list = (word: string) => (value(word)?.startsWith("[") ? (JSON.parse(value(word) ?? "[]") as string[]) : []);
    const env = last
        .filter((line) => line.startsWith("ENV "))
        .flatMap((line) => [...line.matchAll(/(\w+)=("([^"]*)"|\S+)/g)]);
    const variables = Object.fromEntries(env.map(([, name = "", plain = "", quoted]) => [name, quoted ?? plain]));
    return {
        bundler: bundling.startsWith("[") ? (JSON.parse(bundling) as string[]) : ["sh", "-c", bundling],
        workingDir: posix.resolve(value("WORKDIR") ?? "/", copied),
        command: [...list("ENTRYPOINT"), ...list("CMD")],
        env: variables,
    };
}
