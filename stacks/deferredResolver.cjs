/**
 * Puts off the loading of `@npmcli/arborist`, which takes most of the time in which Pulumi's SDK loads: the SDK needs it only
 * to serialise functions (@pulumi/pulumi/runtime/closure/codePaths.js), which no program of Story-42 does.
 */
const { createRequire } = require("node:module");

const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const path = sdk.resolve("@npmcli/arborist");
const exported = Object.defineProperties(
    {},
    {
        __esModule: { value: true },
        Arborist: {
            get() {
                if (require.cache[path]?.exports === exported) {
                    delete require.cache[path];
                }
                return sdk(path).Arborist;
            },
        },
    },
);
require.cache[path] ??= { id: path, filename: path, loaded: true, children: [], exports: exported };
