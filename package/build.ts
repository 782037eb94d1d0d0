/**
 * Builds the npm package as it is published (`npm run build`): the manifest and other files of this folder, the code
 * compiled into `lib/`, the documents for users, and the licences of bundled code. The argument is the output folder; the
 * default is `dist/`.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { build } from "tsdown";
import { packagedName, type ShippedFile, shippedFiles } from "../local/lib/shipped.ts";
import { writeDocuments } from "./documents.ts";
import { homeOf } from "./home.ts";
import manifest from "./package.json" with { type: "json" };
import { thirdPartyLicenses } from "./thirdPartyLicenses.ts";

const root = join(import.meta.dirname, "..");
const out = resolve(process.argv[2] ?? join(root, "dist"));

/** Dependencies that are installed with the package, and so not bundled. */
const installed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const isInstalled = (module: string) => installed.some((name) => module === name || module.startsWith(`${name}/`));

/** Bundled third-party code, by its user: components alone, the driver, the command line. */
const chunks = [
    { name: "mime", test: /node_modules\/mime\// },
    { name: "levenshtein", test: /node_modules\/fastest-levenshtein\// },
    { name: "processes", test: /node_modules\/(execa|p-limit)\// },
    { name: "terminal", test: /node_modules\/(commander|@clack|@bomb\.sh)\// },
    { name: "aws", test: /node_modules\// },
];

/** The entries that have types. */
const library = { index: "stacks/index.ts", automation: "automation/index.ts", testing: "testing/index.ts" };

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "lib"), { recursive: true });
for (const [from, to] of [
    ["package/PulumiPlugin.yaml", "PulumiPlugin.yaml"],
    ["package/main.cjs", "lib/main.cjs"],
    ["LICENSE", "LICENSE"],
    ["schema.json", "schema.json"],
] as const) {
    cpSync(join(root, from), join(out, to));
}
const ofLocalCloud = Object.keys(shippedFiles) as ShippedFile[];
const compiled = ofLocalCloud.filter((name) => extname(shippedFiles[name]) === ".ts");
for (const name of ofLocalCloud.filter((name) => !compiled.includes(name))) {
    cpSync(join(root, shippedFiles[name]), join(out, "lib", packagedName(name)), { recursive: true });
}
const { name, version, description, ...others } = manifest;
const published = { name, version, description, ...homeOf(process.env), ...others };
writeFileSync(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
writeDocuments(root, out);

/**
 * CommonJS, like Pulumi's own packages, so that there is one implementation whether a program imports or requires it, and
 * `instanceof` holds over both. Bundled code needs neither a Node that can require ES modules nor an installation: users of
 * components alone do not install the dependencies of the driver and the command line.
 */
await build({
    config: false,
    cwd: root,
    entry: {
        ...library,
        cli: "package/cli.ts",
        // The driver starts it as a child process.
        worker: "automation/program/worker.ts",
        // It ends the processes that a dead driver left.
        endLeft: "automation/processes/endLeft.ts",
        // Pulumi starts it as a plugin (PulumiPlugin.yaml), through main.cjs.
        provider: "provider/main.ts",
        // The local cloud starts these as child processes.
        ...Object.fromEntries(compiled.map((name) => [name, shippedFiles[name]])),
    },
    outDir: join(out, "lib"),
    clean: false,
    format: "cjs",
    target: `node${manifest.engines.node.replace(">=", "")}`,
    hash: false,
    deps: { neverBundle: isInstalled, alwaysBundle: (module) => !isInstalled(module), onlyBundle: false },
    // Prefer ES modules in packages that have both: they can be tree-shaken.
    inputOptions: { resolve: { mainFields: ["module", "main"] } },
    outputOptions: { codeSplitting: { groups: chunks } },
    // The maps contain the sources, which are not in the package.
    sourcemap: true,
    dts: { entry: Object.values(library), sourcemap: false, compilerOptions: { stripInternal: true } },
    plugins: [thirdPartyLicenses(join(out, "THIRD_PARTY_LICENSES"))],
    logLevel: "warn",
    failOnWarn: true,
    checks: { legacyCjs: false, pluginTimings: false, bundlerTimings: false },
});

// The declarations have no maps, but the bundler adds a reference to one in each.
for (const file of globSync(join(out, "lib/*.d.cts"))) {
    writeFileSync(file, readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
}
