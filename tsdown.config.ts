import { defineConfig } from "tsdown";

/**
 * How the npm package is compiled: as CommonJS, like Pulumi's own packages, so that there is one implementation whether a
 * program imports or requires it, and `instanceof` holds over both.
 */
export default defineConfig({
    // The provider is what Pulumi starts as a plugin (PulumiPlugin.yaml), by the field `main` of package.json.
    entry: { index: "stacks/index.ts", provider: "provider/main.ts" },
    format: "cjs",
    target: "node20.19",
    checks: { legacyCjs: false, pluginTimings: false, bundlerTimings: false },
    // The sources are not in the package: the maps carry them.
    sourcemap: true,
    dts: { sourcemap: false },
    hash: false,
    failOnWarn: true,
});
