/**
 * What the field `main` of the package leads to. Pulumi's runner of plugins requires the package's folder by it, and gets
 * the component provider (PulumiPlugin.yaml); a resolver too old to know `exports` gets the components.
 */
const isPlugin = /[\\/]cmd[\\/]run-plugin([\\/]|$)/.test(process.argv[1] ?? "");

module.exports = isPlugin ? require("./provider.cjs") : require("./index.cjs");
