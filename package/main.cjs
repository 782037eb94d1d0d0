/**
 * The `main` of the package. Pulumi's plugin runner requires the package's folder, and so this file, and gets the component
 * provider (PulumiPlugin.yaml); a resolver that is too old for `exports` gets the components.
 */
const isPlugin = /[\\/]cmd[\\/]run-plugin([\\/]|$)/.test(process.argv[1] ?? "");

module.exports = isPlugin ? require("./provider.cjs") : require("./index.cjs");
