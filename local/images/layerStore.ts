import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import type { Descriptor, Registry } from "./registry.ts";

/** A file with the prefix removes the file of that name from the layers below; the opaque marker, everything in its folder. */
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** Unpacked layers of images: one folder per layer, and one per stack of layers. Its files are never written to. */
export class LayerStore {
    readonly #folder: string;
    readonly #making = new Map<string, Promise<string>>();

    constructor(folder: string) {
        this.#folder = folder;
    }

    /** The folder with the content of one layer, whiteout files included. Its digest is checked. */
    layer(registry: Registry, { digest }: Descriptor): Promise<string> {
        return this.#once(join("layers", hexOf(digest)), async (folder) => {
            const packed = Buffer.from(await (await registry.blob(digest)).arrayBuffer());
            const found = `sha256:${createHash("sha256").update(packed).digest("hex")}`;
            if (found !== digest) {
                throw new Error(`the registry gave something else for the layer ${digest}: ${found}`);
            }
            // The container runtime makes the devices.
            await execa("tar", ["-xzf", "-", "-C", folder, "--numeric-owner", "--exclude=./dev/*", "--exclude=dev/*"], {
                input: packed,
            });
        });
    }

    /** The folder with the root file system of layers, the lowest first. */
    root(registry: Registry, layers: Descriptor[]): Promise<string> {
        const key = createHash("sha256").update(layers.map(({ digest }) => digest).join(" "));
        return this.#once(join("roots", key.digest("hex")), async (folder) => {
            for (const layer of layers) {
                await putOver(folder, await this.layer(registry, layer));
            }
            for (const mountPoint of ["dev", "proc", "tmp", "etc"]) {
                mkdirSync(join(folder, mountPoint), { recursive: true });
            }
        });
    }

    /** A folder is made once, and atomically. */
    #once(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
        const made = this.#making.get(name) ?? this.#make(join(this.#folder, name), fill);
        this.#making.set(name, made);
        made.catch(() => this.#making.delete(name));
        return made;
    }

    async #make(path: string, fill: (folder: string) => Promise<void>): Promise<string> {
        if (existsSync(path)) {
            return path;
        }
        const part = `${path}.${process.pid}.tmp`;
        rmSync(part, { recursive: true, force: true });
        mkdirSync(part, { recursive: true });
        try {
            await fill(part);
            renameSync(part, path);
        } catch (error) {
            rmSync(part, { recursive: true, force: true });
            // Another process may have been faster.
            if (!existsSync(path)) {
                throw error;
            }
        }
        return path;
    }
}

/** Puts a layer over a root. Files are hard links, since nothing writes to them. */
async function putOver(root: string, layer: string): Promise<void> {
    const whiteouts = pathsIn(layer).filter((path) => basename(path).startsWith(WHITEOUT));
    for (const file of whiteouts) {
        const inRoot = join(root, dirname(file));
        if (!existsSync(inRoot) || realpathSync(inRoot) !== join(realpathSync(root), dirname(file))) {
            // The folder does not exist, or a link leads out of the root, perhaps to a folder of this machine.
            continue;
        }
        const removed =
            basename(file) === OPAQUE ? children(inRoot) : [join(inRoot, basename(file).slice(WHITEOUT.length))];
        for (const path of removed) {
            rmSync(path, { recursive: true, force: true });
        }
    }
    await execa("cp", ["--archive", "--link", "--remove-destination", `${layer}/.`, root]);
    for (const file of whiteouts) {
        rmSync(join(root, file), { force: true });
    }
}

/**
 * The files in a folder and below, relative to it. Links are not followed: the target of an image's link may be another
 * file on this machine.
 */
export function pathsIn(folder: string, within = ""): string[] {
    return readdirSync(join(folder, within), { withFileTypes: true }).flatMap((entry) => {
        const path = join(within, entry.name);
        return entry.isDirectory() ? pathsIn(folder, path) : [path];
    });
}

function children(folder: string): string[] {
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

function hexOf(digest: string): string {
    return digest.slice("sha256:".length);
}
