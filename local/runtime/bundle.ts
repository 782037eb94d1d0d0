/** What runs in place of an image that was never built: the bundle that its Dockerfile would have put into it. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { promisify } from "node:util";
import { type ImageName, imageSources } from "../../stacks/imageSources.ts";
import { lastStage } from "../images/dockerfile.ts";
import { standInImages } from "../images/standIn.ts";
import { root } from "../lib/paths.ts";
import type { ImageSettings } from "./imageSettings.ts";

const run = promisify(execFile);

/**
 * Makes the bundle of the sources whose hash stands in for an image, as the Dockerfile does.
 *
 * @returns undefined when the digest stands for none of the sources as they are now
 */
export async function bundleInto(digest: string, folder: string): Promise<ImageSettings | undefined> {
    const name = imageOf(digest);
    if (!name) {
        return undefined;
    }
    const { folder: sources } = imageSources[name];
    const settings = readSettings(await readFile(join(root, sources, "Dockerfile"), "utf8"));
    const args = ["docker/bundle.mjs", basename(sources), "--out", join(folder, settings.workingDir)];
    await run(process.execPath, args, { cwd: root });
    return settings;
}

/** The image whose sources, as they are now, a digest stands for. */
export function imageOf(digest: string): ImageName | undefined {
    // Only the digest counts: names of repositories differ from stack to stack.
    const standIns = Object.entries(standInImages("local", "local", "local")) as [ImageName, string][];
    return standIns.find(([, ref]) => ref.endsWith(digest))?.[0];
}

/** How the last stage of a Dockerfile says that its image is run. */
function readSettings(text: string): ImageSettings {
    const last = lastStage(text);
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
        workingDir: posix.resolve(value("WORKDIR") ?? "/", copied),
        command: [...list("ENTRYPOINT"), ...list("CMD")],
        env: variables,
    };
}
