import { cpSync, existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pulumiHome } from "../lib/paths.ts";
import { downloadRelease } from "./download.ts";
import type { Installer, Tool } from "./tool.ts";

/**
 * A resource plugin in the engine's own plugin folder: a copy of the installed one, Pulumi's download, or the one that `own`
 * builds from published parts.
 */
export function pluginTool(name: string, version: string, own: Installer): Tool {
    const folder = `resource-${name}-v${version}`;
    const file = `pulumi-resource-${name}`;
    const installed = () =>
        [process.env.PULUMI_HOME, join(homedir(), ".pulumi")]
            .flatMap((home) => (home ? [join(home, "plugins", folder)] : []))
            .find((path) => existsSync(join(path, file)));
    return {
        title: `Pulumi's ${name} plugin ${version}`,
        folder: join(pulumiHome(), "plugins", folder),
        file,
        installers: [
            {
                description: "copy of the one that is installed",
                install: async (work) => {
                    const path = installed();
                    if (!path) {
                        throw new Error(`there is none in ${join(homedir(), ".pulumi/plugins", folder)}`);
                    }
                    cpSync(path, work, { recursive: true });
                },
            },
            {
                description: "download from github.com",
                install: (work, step, signal) => {
                    const cpu = process.arch === "arm64" ? "arm64" : "amd64";
                    const tag = `v${version}`;
                    const archive = `pulumi-resource-${name}-${tag}-${process.platform}-${cpu}.tar.gz`;
                    const release = { repository: `pulumi/pulumi-${name}`, tag, name: archive };
                    return downloadRelease(release, work, step, signal);
                },
            },
            own,
        ],
        advice:
            `Install it with \`pulumi plugin install resource ${name} ${version}\` (with --file ARCHIVE where you have its ` +
            "archive), or install Go 1.26 or later (https://go.dev/dl), and run the command again.",
    };
}
