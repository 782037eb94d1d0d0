/** Bundles the code of one image, or of all: `node bundle.mjs [NAME ...] [--out DIR]`, from the folder above `docker/`. */
import { realpathSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const entries = {
    "story-text-regen": "index.ts",
    "story-image-regen": "index.ts",
    "data-ops": "index.ts",
    "story-generator": "main.ts",
};

/** Names of the images; each is also the name of the image's folder. */
export const images = Object.keys(entries);

/** How esbuild bundles an image's code, from the folder above `docker/`. */
export const bundleOptions = (name) => ({
    entryPoints: { index: `docker/${name}/${entries[name]}` },
    bundle: true,
    // Modules behind a dynamic import, such as OpenTelemetry's SDK, get chunks of their own.
    splitting: true,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    minify: true,
    // The service tells its agents apart by class name; the functions have to be small.
    keepNames: name === "story-generator",
    legalComments: "none",
    sourcemap: "linked",
    sourcesContent: false,
    // Some packages are CommonJS and look for `require`, which an ES module does not have.
    banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: "warning",
});

const [, started] = process.argv;
if (started && realpathSync(started) === import.meta.filename) {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" } } });
    for (const name of positionals.length > 0 ? positionals : images) {
        if (!(name in entries)) {
            throw new Error(`${name} is not an image; there are ${images.join(", ")}`);
        }
        await build({ ...bundleOptions(name), outdir: values.out ?? `docker/dist/${name}` });
    }
}
