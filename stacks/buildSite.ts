/** `npm run build:site`: builds the site and notes what it was built from, so that an old build is never deployed. */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { siteSourceHash, stampFile } from "./siteBuild.ts";

function run(command: string, args: string[]): void {
    const { status, error } = spawnSync(command, args, { cwd: "site", stdio: ["ignore", "inherit", "inherit"] });
    if (error || status !== 0) {
        throw new Error(
            `${command} ${args.join(" ")} in site/ ${error ? `could not run: ${error.message}` : `ended with ${status}`}`,
        );
    }
}

if (!existsSync("site/node_modules")) {
    run("npm", ["ci"]);
}
run("npm", ["run", "--silent", "build", "--", "--logLevel", "warn"]);
writeFileSync(stampFile, siteSourceHash());
