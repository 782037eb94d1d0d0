/** Bundles the code of one image, or of all: `node bundle.mjs [NAME ...] [--out DIR]`, from the folder above `docker/`. */
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { build, context, transform } from "esbuild";

const entries = {
    "story-text-regen": "index.ts",
    "story-image-regen": "index.ts",
    "data-ops": "index.ts",
    "story-generator": "main.ts",
};

/** Names of the images; each is also the name of the image's folder. */
export const images = Object.keys(entries);

const optionsOf = (name, root, outdir) => ({
    absWorkingDir: root,
    outdir,
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
    write: false,
});

/**
 * The bundle of one image, made anew after each change of its code. Packages are bundled apart from the code: that takes ten
 * times as long, and they seldom change.
 */
export class Bundler {
    #code;
    #packages;

    constructor(code, packages) {
        this.#code = code;
        this.#packages = packages;
    }

    /**
     * @param name an image's name
     * @param root the folder above `docker/`
     * @param outdir where the files belong; they are not written
     * @param codeOptions esbuild's options of the image's own code, in place of the image's. Default: none
     * @param logLevel esbuild's. Default: `warning`
     */
    static async open(name, root, outdir, { codeOptions = {}, logLevel = "warning" } = {}) {
        const options = { ...optionsOf(name, root, outdir), logLevel };
        const packages = new Packages(options);
        const code = await context({
            ...options,
            entryPoints: { index: `docker/${name}/${entries[name]}` },
            metafile: true,
            plugins: [packages.plugin()],
            ...codeOptions,
        });
        return new Bundler(code, packages);
    }

    /**
     * Bundles the current code.
     *
     * @returns `files`: path and contents of each; `inputs`: the files of the code, relative to the root
     * @throws esbuild's BuildFailure
     */
    async make() {
        const { outputFiles, metafile } = await this.#code.rebuild();
        return { files: [...outputFiles, ...(await this.#packages.make())], inputs: Object.keys(metafile.inputs) };
    }

    /** The files of the current code, relative to the root; packages are not bundled for it. */
    async inputs() {
        const { metafile } = await this.#code.rebuild();
        return Object.keys(metafile.inputs);
    }

    async close() {
        await this.#code.dispose();
    }
}

/** The packages that code imports: of each, a module in the folder `packages` that has the imported names. */
class Packages {
    #options;
    /** What each file imports, by its path, with the text that was read. */
    #imports = new Map();
    #before = new Map();
    #found = new Set();
    #texts = {};
    #files = [];

    constructor(options) {
        this.#options = options;
    }

    /** Leaves packages out of the code, and reads what it imports of them. */
    plugin() {
        return {
            name: "packages apart",
            setup: (bundler) => {
                bundler.onStart(() => {
                    this.#before = this.#imports;
                    this.#imports = new Map();
                });
                bundler.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...from }) => {
                    if (pluginData === FIND || from.kind === "entry-point" || path.startsWith("node:")) {
                        return undefined;
                    }
                    if (from.kind !== "import-statement") {
                        return { errors: [{ text: `"${path}" has to be imported by an import statement` }] };
                    }
                    if (!this.#found.has(path)) {
                        const { errors } = await bundler.resolve(path, { ...from, pluginData: FIND });
                        if (errors.length > 0) {
                            return { errors };
                        }
                        this.#found.add(path);
                    }
                    return { path: `./packages/${path}.mjs`, external: true };
                });
                bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
                    const text = await readFile(path, "utf8");
                    const before = this.#before.get(path);
                    this.#imports.set(path, before?.text === text ? before : { text, imports: await importsIn(text) });
                    return undefined;
                });
            },
        };
    }

    /** Bundles the packages, unless the same names are imported as before. */
    async make() {
        const texts = moduleTexts([...this.#imports.values()].flatMap(({ imports }) => imports));
        if (!isDeepStrictEqual(texts, this.#texts)) {
            const { outputFiles } = await build({
                ...this.#options,
                entryPoints: Object.keys(texts).map((name) => ({ in: name, out: `packages/${name}` })),
                chunkNames: "packages/[name]-[hash]",
                plugins: [modulesOf(texts, resolve(this.#options.absWorkingDir, "docker"))],
                // Node reads all maps at the start, which took the service 50 ms.
                sourcemap: false,
            }).catch((failure) => {
                throw this.#asFailureOfCode(failure);
            });
            this.#texts = texts;
            this.#files = outputFiles;
        }
        return this.#files;
    }

    /** With the files that import what a package lacks, in place of the module that was made of them. */
    #asFailureOfCode(failure) {
        const errors = failure.errors?.map((error) => {
            const [, from] = error.location?.file.split(`${IMPORTED}:`) ?? [];
            const importing = [...this.#imports].filter(([, { imports }]) => imports.some((one) => one.from === from));
            const paths = importing.map(([path]) => relative(this.#options.absWorkingDir, path));
            return from ? { ...error, location: null, text: `${error.text}, in ${paths.join(" or ")}` } : error;
        });
        return errors ? Object.assign(failure, { errors }) : failure;
    }
}

/** Marks a search for a package, which has to be found where it is. */
const FIND = Symbol("find");

/** An import of a package, or an export from it, as esbuild prints it. */
const IMPORT =
    /^(?:import|export) (?:(?<byDefault>[\w$]+)(?:, )?)?(?:(?<all>\*)(?: as (?<namespace>[\w$]+))?|\{(?<list>[^}]*)\})?(?: from )?"(?<from>[^./"][^"]*)";$/gm;

/**
 * The packages that a file's code imports: `names` of each, and `members` that are used of its namespace; `*` is all of them.
 * Types are none.
 */
async function importsIn(text) {
    // What does not compile is reported where it is bundled.
    const { code } = await transform(text, { loader: "ts", logLevel: "silent" }).catch(() => ({ code: "" }));
    return [...code.matchAll(IMPORT)]
        .map(({ groups: { byDefault, all, namespace, list = "", from } }) => ({
            from,
            names: [
                ...(byDefault ? ["default"] : []),
                ...list
                    .split(",")
                    .flatMap((name) => name.trim().split(" as ", 1))
                    .filter(Boolean),
            ],
            members: all ? membersOf(namespace, code) : [],
        }))
        .filter(({ from }) => !from.startsWith("node:"));
}

/** The names that code uses of a namespace; all of them where it may be used as a whole. */
function membersOf(namespace, code) {
    if (namespace === undefined) {
        return ["*"];
    }
    // After a dot it is a property, but not after three; after a hyphen, the end of a pattern such as [a-z].
    const use = new RegExp(`(?<![\\w$-]|(?<!\\.\\.)\\.)${namespace.replaceAll("$", "\\$")}\\b(?:\\.([\\w$]+))?`, "g");
    const uses = [...code.matchAll(use)].map(([, name]) => name);
    // One of them is the import itself.
    return uses.filter((name) => name === undefined).length > 1 ? ["*"] : uses.filter((name) => name !== undefined);
}

/** The text of each package's module, by the package. */
function moduleTexts(imports) {
    const byPackage = Map.groupBy(imports, ({ from }) => from);
    return Object.fromEntries(
        [...byPackage.keys()].sort().map((from) => {
            const all = (kind) => [...new Set(byPackage.get(from).flatMap((one) => one[kind]))].sort();
            return [from, moduleText(from, all("names"), all("members"))];
        }),
    );
}

function moduleText(from, names, members) {
    const isWhole = members.includes("*");
    // By way of the namespace, of which esbuild keeps what is used: a member that is not there is no error, as in the code.
    const ofNamespace = isWhole ? [] : members.filter((member) => !names.includes(member));
    return [
        `import * as all from "${from}";`,
        `export { ${names.join(", ")} } from "${from}";`,
        isWhole ? `export * from "${from}";` : "",
        ...ofNamespace.map((member, at) => `const _${at} = all.${member};`),
        `export { ${ofNamespace.map((member, at) => `_${at} as ${member}`).join(", ")} };`,
    ].join("\n");
}

/** esbuild's namespace of those modules. */
const IMPORTED = "imported";

/** Resolves entries to such modules. */
const modulesOf = (texts, resolveDir) => ({
    name: "modules of packages",
    setup: (bundler) => {
        bundler.onResolve({ filter: /./ }, ({ path, kind }) =>
            kind === "entry-point" ? { path, namespace: IMPORTED } : undefined,
        );
        bundler.onLoad({ filter: /./, namespace: IMPORTED }, ({ path }) => ({
            contents: texts[path],
            resolveDir,
        }));
    },
});

const [, started] = process.argv;
if (started && realpathSync(started) === import.meta.filename) {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" } } });
    for (const name of positionals.length > 0 ? positionals : images) {
        if (!(name in entries)) {
            throw new Error(`${name} is not an image; there are ${images.join(", ")}`);
        }
        const bundler = await Bundler.open(name, process.cwd(), resolve(values.out ?? `docker/dist/${name}`));
        const { files } = await bundler.make();
        await bundler.close();
        for (const { path, contents } of files) {
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, contents);
        }
    }
}
