/** The images' code, bundled anew after each change, as their Dockerfiles bundle it. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import type { BuildContext, BuildFailure, Message } from "esbuild";
// @ts-expect-error plain JavaScript, which runs before anything is built
import { bundleOptions } from "../docker/bundle.mjs";
import { type ImageName, imageSources } from "../stacks/imageSources.ts";
import { CompileError } from "./compileError.ts";

/** Bundles of one image that are kept: what runs still may read the source map of the one that it was started with. */
const KEPT = 4;

export const imageNames = Object.keys(imageSources) as ImageName[];

/** The images' bundler, of the packages with which the images are built. */
function esbuildOf(root: string): typeof import("esbuild") {
    return createRequire(join(root, "docker/bundle.mjs"))("esbuild");
}

/** The bundle of one image. */
export class Bundle {
    /** Files that it is made of, relative to the project's folder. */
    inputs: ReadonlySet<string> = new Set();
    readonly #context: BuildContext<{ write: false; metafile: true }>;
    readonly #folder: string;

    private constructor(context: BuildContext<{ write: false; metafile: true }>, folder: string) {
        this.#context = context;
        this.#folder = folder;
    }

    /**
     * @param root the project's folder
     * @param folder each state of the code is put into a folder in there
     */
    static async open(root: string, folder: string, image: ImageName): Promise<Bundle> {
        const name = basename(imageSources[image].folder);
        const own = join(folder, name);
        mkdirSync(own, { recursive: true });
        const context = await esbuildOf(root).context({
            ...bundleOptions(name),
            absWorkingDir: root,
            // Nothing is written there; but the names of what is loaded later follow from where an image is bundled.
            outdir: join(root, "docker/dist", name),
            write: false as const,
            metafile: true as const,
            logLevel: "silent" as const,
        });
        return new Bundle(context, own);
    }

    /**
     * Bundles the code as it is now.
     *
     * @returns the folder that it is in: another one for other code, the same one for the same
     * @throws {CompileError} when it does not compile
     */
    async make(): Promise<string> {
        const { outputFiles, metafile } = await this.#context.rebuild().catch((error: BuildFailure) => {
            throw error.errors ? new CompileError(error.errors.map(inWords)) : error;
        });
        this.inputs = new Set(Object.keys(metafile.inputs));
        const hash = createHash("sha256");
        for (const { contents } of outputFiles.filter(({ path }) => path.endsWith(".mjs"))) {
            hash.update(contents);
        }
        const folder = join(this.#folder, hash.digest("hex").slice(0, 16));
        const isNew = !existsSync(folder);
        mkdirSync(folder, { recursive: true });
        for (const { path, contents } of outputFiles) {
            const file = join(folder, basename(path));
            writeFileSync(file, path.endsWith(".map") ? fromAnywhere(contents, dirname(path)) : contents);
            // An image's user is another one than this.
            chmodSync(file, 0o644);
        }
        chmodSync(folder, 0o755);
        if (isNew) {
            this.#removeOld(folder);
        }
        return folder;
    }

    async close(): Promise<void> {
        await this.#context.dispose();
    }

    #removeOld(newest: string): void {
        const folders = readdirSync(this.#folder).map((name) => join(this.#folder, name));
        const byAge = folders.filter((one) => one !== newest).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
        for (const old of byAge.slice(KEPT)) {
            rmSync(old, { recursive: true, force: true });
        }
    }
}

/** A source map that leads to its files from any folder, and not from the one that it was made for alone. */
function fromAnywhere(map: Uint8Array, from: string): string {
    const told = JSON.parse(Buffer.from(map).toString("utf8")) as { sources: string[] };
    return JSON.stringify({ ...told, sources: told.sources.map((source) => resolve(from, source)) });
}

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
