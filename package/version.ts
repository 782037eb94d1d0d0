/**
 * Makes the next version from the changes in .changeset/ (`npm run release:version`): moves the lines to CHANGELOG.md, and
 * writes the version to the manifests of the checkout and of the npm package.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

execFileSync(process.execPath, [join(root, "node_modules/@changesets/cli/bin.js"), "version"], {
    cwd: root,
    stdio: "inherit",
});
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const file of ["package/package.json", "package-lock.json"]) {
    const path = join(root, file);
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    manifest.version = version;
    if (manifest.packages) {
        manifest.packages[""].version = version;
    }
    writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
console.log(`The version is ${version}.`);
