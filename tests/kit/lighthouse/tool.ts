import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../../local/lib/paths.ts";
import { runStep } from "../../../local/tools/command.ts";
import type { Tool } from "../../../local/tools/tool.ts";
import manifest from "./package.json" with { type: "json" };

const { lighthouse: version } = manifest.dependencies;

/** Google's Lighthouse, with Puppeteer, which it steers Chromium by. */
export const lighthouse: Tool = {
    title: `Lighthouse ${version}`,
    folder: join(cacheDir(), `lighthouse-${version}`),
    file: "node_modules",
    installers: [
        {
            description: "install from npm",
            install: async (folder, step, signal) => {
                for (const file of ["package.json", "package-lock.json"]) {
                    copyFileSync(join(import.meta.dirname, file), join(folder, file));
                }
                const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
                await runStep(step, signal, "npm", ["ci", "--prefix", folder, ...options]);
            },
        },
    ],
    advice: "It needs an npm registry that can be reached.",
};
