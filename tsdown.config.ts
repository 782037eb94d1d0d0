import { defineConfig } from "tsdown";

/**
 * Node gives a CommonJS file that requires an ES module its namespace. The bundler's way for Node would take that for the
 * default export; without the flag it takes the default that the namespace has.
 */
const NODE_INTEROP = /__toESM\((\w+), 1\)/g;

/**
 * How the npm package is compiled: as CommonJS, like Pulumi's own packages, so that there is one implementation whether a
 * program imports or requires it, and `instanceof` holds over both.
 */
export default defineConfig({
    entry: {
        index: "stacks/index.ts",
        automation: "automation/index.ts",
        testing: "testing/index.ts",
        cli: "automation/cli/main.ts",
        // The driver starts it as a process of its own.
        worker: "automation/worker.ts",
        // What ends what a driver left that died.
        endLeft: "automation/endLeft.ts",
        // What Pulumi starts as a plugin (PulumiPlugin.yaml), by the field `main` of package.json.
        provider: "provider/main.ts",
    },
    format: "cjs",
    checks: { legacyCjs: false, pluginTimings: false, bundlerTimings: false },
    // The sources are not in the package: the maps carry them.
    sourcemap: true,
    dts: { entry: ["stacks/index.ts", "automation/index.ts", "testing/index.ts"], sourcemap: false },
    hash: false,
    failOnWarn: true,
    plugins: [
        {
            name: "default-of-an-es-module",
            renderChunk: (code) => ({ code: code.replaceAll(NODE_INTEROP, "__toESM($1)"), map: null }),
        },
    ],
});
