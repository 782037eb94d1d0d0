import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import type { Descriptor, Registry } from "./registry.ts";

/** A file with this prefix takes away the one of that name in the layers below; this one, all that its folder has. */
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** Layers of images, unpacked: one folder per layer, and one per stack of layers. Everything in it is only read. */
export class LayerStore {
    readonly #folder: string;
    readonly #making = new Map<string, Promise<string>>();

    constructor(folder: string) {
        this.#folder = folder;
    }

    /** The folder with what one layer has, its marks for files taken away included. Its digest is checked. */
    layer(registry: Registry, { digest }: Descriptor): Promise<string> {
        return this.#once(join("layers", hexOf(digest)), async (folder) => {
            const packed = Buffer.from(await (await registry.blob(digest)).arrayBuffer());
            const found = `sha256:${createHash("sha256").update(packed).digest("hex")}`;
            if (found !== digest) {
                throw new Error(`the registry gave something else for the layer ${digest}: ${found}`);
            }
            // Devices are the runtime's.
            await execa("tar", ["-xzf", "-", "-C", folder, "--numeric-owner", "--exclude=./dev/*", "--exclude=dev/*"], {
                input: packed,
            });
        });
    }

    /** The folder with the root file system that layers make, the first the lowest. */
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

    /** A folder appears whole or not at all, and is made once. */
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

/** Puts a layer over what is there. Files are linked, since nothing ever writes to them. */
async function putOver(root: string, layer: string): Promise<void> {
    const marks = pathsIn(layer).filter((path) => basename(path).startsWith(WHITEOUT));
    for (const mark of marks) {
        const inRoot = join(root, dirname(mark));
        if (!existsSync(inRoot) || realpathSync(inRoot) !== join(realpathSync(root), dirname(mark))) {
            // Nothing is there, or a link leads elsewhere: to a folder of this machine, perhaps.
            continue;
        }
        const gone =
            basename(mark) === OPAQUE ? children(inRoot) : [join(inRoot, basename(mark).slice(WHITEOUT.length))];
        for (const path of gone) {
            rmSync(path, { recursive: true, force: true });
        }
    }
    await execa("cp", ["--archive", "--link", "--remove-destination", `${layer}/.`, root]);
    for (const mark of marks) {
        rmSync(join(root, mark), { force: true });
    }
}

/**
 * The files in a folder and below, relative to it. Links are not followed: in an image they may lead to where only the
 * image has something of its own.
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
