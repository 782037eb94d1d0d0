/** Bundles the images' code after each change, as their Dockerfiles do. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import type { BuildContext, BuildFailure, Message } from "esbuild";
// @ts-expect-error plain JavaScript, which runs before anything is built
import { bundleOptions } from "../docker/bundle.mjs";
import { type ImageName, imageSources } from "../stacks/imageSources.ts";
import { CompileError } from "./compileError.ts";

/** Old bundles to keep for an image: running processes may still read the source map of theirs. */
const MAX_OLD_BUNDLES = 4;

export const imageNames = Object.keys(imageSources) as ImageName[];

/** The bundler of the images, from their build's packages. */
function esbuildOf(root: string): typeof import("esbuild") {
    return createRequire(join(root, "docker/bundle.mjs"))("esbuild");
}

/** The bundle of one image. */
export class Bundle {
    /** The files in the bundle, relative to the project's folder. */
    inputs: ReadonlySet<string> = new Set();
    readonly #context: BuildContext<{ write: false; metafile: true }>;
    readonly #folder: string;

    private constructor(context: BuildContext<{ write: false; metafile: true }>, folder: string) {
        this.#context = context;
        this.#folder = folder;
    }

    /**
     * @param root the project's folder
     * @param folder gets a subfolder for each version of the code
     */
    static async open(root: string, folder: string, image: ImageName): Promise<Bundle> {
        const name = basename(imageSources[image].folder);
        const own = join(folder, name);
        mkdirSync(own, { recursive: true });
        const context = await esbuildOf(root).context({
            ...bundleOptions(name),
            absWorkingDir: root,
            // Nothing is written there, but the names of lazily loaded chunks depend on this path.
            outdir: join(root, "docker/dist", name),
            write: false as const,
            metafile: true as const,
            logLevel: "silent" as const,
        });
        return new Bundle(context, own);
    }

    /**
     * Bundles the current code.
     *
     * @returns the bundle's folder, whose name is a hash of the code
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
            writeFileSync(file, path.endsWith(".map") ? withAbsoluteSources(contents, dirname(path)) : contents);
            // The image's user is not this process's user.
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
        for (const old of byAge.slice(MAX_OLD_BUNDLES)) {
            rmSync(old, { recursive: true, force: true });
        }
    }
}

/** A source map with absolute paths, which works in any folder. */
function withAbsoluteSources(map: Uint8Array, from: string): string {
    const parsed = JSON.parse(Buffer.from(map).toString("utf8")) as { sources: string[] };
    return JSON.stringify({ ...parsed, sources: parsed.sources.map((source) => resolve(from, source)) });
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
