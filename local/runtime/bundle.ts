/** The bundle that runs in place of an image that was not built, as its Dockerfile would make it. */
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
 * Bundles the sources whose hash stands in for an image's digest, as the Dockerfile does.
 *
 * @returns undefined when the digest is not the hash of any current sources
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

/** The image whose current sources have this digest as their hash. */
export function imageOf(digest: string): ImageName | undefined {
    // Only the digests are compared: names of repositories differ between stacks.
    const standIns = Object.entries(standInImages("local", "local", "local")) as [ImageName, string][];
    return standIns.find(([, ref]) => ref.endsWith(digest))?.[0];
}

/** The settings in the last stage of a Dockerfile. */
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
