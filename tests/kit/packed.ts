/** The published npm package: packed once for all tests, and installed into their folders. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import manifest from "../../package/package.json" with { type: "json" };

export const root = join(import.meta.dirname, "../..");
/** The file name of `npm pack`. */
export const tarballName = `tech42-story-42-${manifest.version}.tgz`;

let packing: Promise<string> | undefined;

/** Packs the package, once. Returns the tarball's path. */
export function pack(): Promise<string> {
    packing ??= npmPack();
    return packing;
}

async function npmPack(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "story-42-packed-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    await execa("npm", ["pack", "--pack-destination", folder], { cwd: root });
    return join(folder, tarballName);
}

/**
 * Installs the packed package and its dependencies, in this project's versions, for a program in `folder`. Packages that
 * neither the package nor the program declares are not found.
 *
 * @param folder the program's, or one above it
 * @param alsoNeeded packages that the program itself declares
 */
export async function installInto(folder: string, alsoNeeded: string[] = []): Promise<void> {
    const packed = join(folder, "node_modules", manifest.name);
    mkdirSync(packed, { recursive: true });
    await execa("tar", ["xzf", await pack(), "-C", packed, "--strip-components=1"]);
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
    for (const name of new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies), ...alsoNeeded])) {
        const link = join(folder, "node_modules", name);
        if (name !== manifest.name && !existsSync(link)) {
            mkdirSync(dirname(link), { recursive: true });
            symlinkSync(join(root, "node_modules", name), link);
        }
    }
}

/** Copies an example without installed files. */
export function copyExample(name: string, into: string): void {
    cpSync(join(root, "examples", name), into, {
        recursive: true,
        filter: (path) => basename(path) !== "node_modules",
    });
}

/** The Node that runs the tests, and the machine's global one if that is another. */
export async function nodes(): Promise<{ version: string; path: string }[]> {
    const own = { version: process.version, path: process.execPath };
    const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
    const found = folders.map((folder) => join(folder, "node")).find((path) => existsSync(path));
    const system = found && { version: (await execa(found, ["--version"])).stdout, path: found };
    return system && system.version !== own.version ? [own, system] : [own];
}
