/** What Pulumi's program and the local cloud are made of, as the bundler finds it. */
import { createHash } from "node:crypto";
import { build } from "esbuild";

export interface Made {
    /** Files, relative to the project's folder. */
    inputs: ReadonlySet<string>;
    /** Of what it does: comments, types and what nobody uses are not in it. */
    hash: string;
}

/** Pulumi's program. */
export async function programOf(root: string): Promise<Made> {
    return await made(root, ["index.ts"]);
}

/** The local cloud with all that it starts, and this command. */
export async function localCloudOf(root: string): Promise<Made> {
    const started = ["local/runtime/main.ts", "standins/gateway/main.ts", "standins/upstreams/main.ts"];
    return await made(root, ["dev/main.ts", "local/main.ts", ...started]);
}

async function made(root: string, entryPoints: string[]): Promise<Made> {
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
