/**
 * The postpack script of the checkout: npm has packed the checkout by its own manifest, and the npm package, which has the
 * same name and version, overwrites that tarball.
 */
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";

const root = join(import.meta.dirname, "..");
const { INIT_CWD: from = root, npm_config_pack_destination: destination = "." } = process.env;
// npm's variables for the checkout must not apply to the package.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
const built = join(root, "dist");

execFileSync(process.execPath, [join(import.meta.dirname, "build.ts"), built], { stdio: "inherit" });
execFileSync("npm", ["pack", built, "--silent", "--pack-destination", resolve(from, destination)], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
});
