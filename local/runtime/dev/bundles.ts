/** Bundles the images' code after each change, as their Dockerfiles do. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, Message, OutputFile } from "esbuild";
// @ts-expect-error plain JavaScript, which runs before anything is built
import { Bundler } from "../../../docker/bundle.mjs";
import { type ImageName, imageSources } from "../../../stacks/imageSources.ts";
import { CompileError } from "./compileError.ts";

/** Bundles of an image to keep beside those in use: processes that end may still read the source map of theirs. */
const MAX_OLD_BUNDLES = 4;

/** What `Bundler.open` of `docker/bundle.mjs` gives. */
interface ImageBundler {
    make(): Promise<{ files: OutputFile[]; inputs: string[] }>;
    close(): Promise<void>;
}

export const imageNames = Object.keys(imageSources) as ImageName[];

/** The map is in the code itself, since a debugger can't read the files of a container. */
const debuggedOptions = { minify: false, sourcemap: "inline", sourcesContent: true } as const;

/** The bundles of all images. */
export class Bundles {
    readonly #root: string;
    readonly #folder: string;
    readonly #isDebugged: boolean;
    readonly #open = new Map<ImageName, Bundle>();

    private constructor(root: string, folder: string, isDebugged: boolean) {
        this.#root = root;
        this.#folder = folder;
        this.#isDebugged = isDebugged;
    }

    /**
     * @param root the project's folder
     * @param folder gets the bundles, and is deleted at the end
     * @param isDebugged keep names and lines, for debuggers
     */
    static async open(root: string, folder: string, isDebugged: boolean): Promise<Bundles> {
        rmSync(folder, { recursive: true, force: true });
        const bundles = new Bundles(root, folder, isDebugged);
        await bundles.reopen();
        return bundles;
    }

    /** The files in each bundle, relative to the project's folder. */
    get inputs(): Map<ImageName, ReadonlySet<string>> {
        return new Map([...this.#open].map(([image, { inputs }]) => [image, inputs]));
    }

    /**
     * Bundles the current code of images.
     *
     * @returns the folder of each bundle and, by image, why code does not compile
     */
    async make(images: readonly ImageName[] = imageNames) {
        const folders = new Map<ImageName, string>();
        const problems = new Map<ImageName, Error>();
        const made = images.map(async (image) => [image, await this.#open.get(image)?.make().catch(asError)] as const);
        for (const [image, result] of await Promise.all(made)) {
            if (result instanceof Error) {
                problems.set(image, result);
            } else if (result !== undefined) {
                folders.set(image, result);
            }
        }
        return { folders, problems };
    }

    /** Deletes old bundles, but none of the folders in use. */
    removeOld(used: ReadonlySet<string>): void {
        for (const bundle of this.#open.values()) {
            bundle.removeOld(used);
        }
    }

    /** Opens all anew, with the packages that are installed now. */
    async reopen(): Promise<void> {
        await this.#closeAll();
        for (const image of imageNames) {
            this.#open.set(image, await Bundle.open(this.#root, this.#folder, image, this.#isDebugged));
        }
        await this.make();
    }

    async close(): Promise<void> {
        await this.#closeAll();
        rmSync(this.#folder, { recursive: true, force: true });
    }

    async #closeAll(): Promise<void> {
        await Promise.all([...this.#open.values()].map((bundle) => bundle.close()));
    }
}

/** The bundle of one image. */
export class Bundle {
    /** The files in the bundle, relative to the project's folder. */
    inputs: ReadonlySet<string> = new Set();
    readonly #bundler: ImageBundler;
    readonly #outdir: string;
    readonly #folder: string;
    /** Where each file was written last. */
    readonly #written = new WeakMap<OutputFile, string>();

    private constructor(bundler: ImageBundler, outdir: string, folder: string) {
        this.#bundler = bundler;
        this.#outdir = outdir;
        this.#folder = folder;
    }

    /**
     * @param root the project's folder
     * @param folder gets a subfolder for each version of the code
     * @param isDebugged keep names and lines, for debuggers. Default: as in the image
     */
    static async open(root: string, folder: string, image: ImageName, isDebugged = false): Promise<Bundle> {
        const name = basename(imageSources[image].folder);
        const own = join(folder, name);
        makeFolder(own);
        // Nothing is written there, but the names of lazily loaded chunks depend on this path.
        const outdir = join(root, "docker/dist", name);
        const codeOptions = isDebugged ? { ...debuggedOptions, sourceRoot: rootOf(outdir) } : {};
        return new Bundle(await Bundler.open(name, root, outdir, { codeOptions, logLevel: "silent" }), outdir, own);
    }

    /**
     * Bundles the current code.
     *
     * @returns the bundle's folder, whose name is a hash of the code
     * @throws {CompileError} when it does not compile
     */
    async make(): Promise<string> {
        const { files, inputs } = await this.#bundler.make().catch((error: BuildFailure) => {
            throw error.errors ? new CompileError(error.errors.map(inWords)) : error;
        });
        this.inputs = new Set(inputs);
        const hash = createHash("sha256");
        for (const file of files.filter(({ path }) => path.endsWith(".mjs"))) {
            hash.update(file.hash);
        }
        const folder = join(this.#folder, hash.digest("hex").slice(0, 16));
        for (const file of files) {
            this.#write(file, join(folder, relative(this.#outdir, file.path)));
        }
        return folder;
    }

    async close(): Promise<void> {
        await this.#bundler.close();
    }

    /** Writes a file of the bundle; one that was not made anew, as of packages, is the same file in both bundles. */
    #write(file: OutputFile, path: string): void {
        const before = this.#written.get(file);
        this.#written.set(file, path);
        makeFolder(dirname(path));
        if (before !== undefined && existsSync(before)) {
            if (!existsSync(path)) {
                linkSync(before, path);
            }
            return;
        }
        const { contents } = file;
        writeFileSync(path, path.endsWith(".map") ? withAbsoluteSources(contents, dirname(file.path)) : contents);
        chmodSync(path, 0o644);
    }

    /** Deletes old bundles, but none of the folders in use. */
    removeOld(used: ReadonlySet<string>): void {
        const folders = readdirSync(this.#folder).map((name) => join(this.#folder, name));
        const byAge = folders.filter((one) => !used.has(one)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
        for (const old of byAge.slice(MAX_OLD_BUNDLES)) {
            rmSync(old, { recursive: true, force: true });
        }
    }
}

/** Makes a folder that the image's user, who is not this process's user, may read. */
function makeFolder(path: string): void {
    if (!existsSync(path)) {
        makeFolder(dirname(path));
        mkdirSync(path);
        chmodSync(path, 0o755);
    }
}

/** Makes a source map's paths, which are relative to a folder, absolute. esbuild's own option would change the code's hashes. */
function withAbsoluteSources(map: Uint8Array, folder: string): Uint8Array {
    return Buffer.concat([Buffer.from(`{"sourceRoot":${JSON.stringify(rootOf(folder))},`), map.subarray(1)]);
}

const asError = (error: Error) => error;

const rootOf = (folder: string) => `${pathToFileURL(folder)}/`;

function inWords({ text, location }: Message) {
    return {
        text,
        ...(location && {
            file: location.file,
            line: location.line,
            column: location.column + 1,
            code: location.lineText,
        }),
    };
}
