/** The inputs of Pulumi's program and of the local cloud, as the bundler finds them. */
import { createHash } from "node:crypto";
import { build } from "esbuild";

export interface BuildInputs {
    /** Files, relative to the project's folder. */
    inputs: ReadonlySet<string>;
    /** A hash of the minified bundle, without comments, types and unused code. */
    hash: string;
}

/** Pulumi's program. */
export async function programOf(root: string): Promise<BuildInputs> {
    return await inputsOf(root, ["index.ts"]);
}

/** The local cloud with its child processes, and this command. */
export async function localCloudOf(root: string): Promise<BuildInputs> {
    const children = ["local/runtime/main.ts", "standins/gateway/main.ts", "standins/upstreams/main.ts"];
    return await inputsOf(root, ["local/runtime/dev/main.ts", "local/main.ts", ...children]);
}

async function inputsOf(root: string, entryPoints: string[]): Promise<BuildInputs> {
    const { metafile, outputFiles } = await build({
        entryPoints,
        absWorkingDir: root,
        outdir: "out",
        bundle: true,
        write: false,
        metafile: true,
        minify: true,
        platform: "node",
        format: "esm",
        packages: "external",
        external: ["*.mjs"],
        logLevel: "silent",
    });
    const hash = createHash("sha256");
    for (const { contents } of outputFiles) {
        hash.update(contents);
    }
    return { inputs: new Set(Object.keys(metafile.inputs)), hash: hash.digest("hex") };
}
