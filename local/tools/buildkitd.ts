import { join } from "node:path";
import { cacheDir } from "../lib/paths.ts";
import { downloadRelease } from "./download.ts";
import { buildGoProgram } from "./goModule.ts";
import { onPath, type Tool } from "./tool.ts";

const version = "0.31.0";
const file = "buildkitd";

/** BuildKit's daemon, which builds images without a Docker engine; it needs `runc` and root. */
export const buildkitd: Tool = {
    title: `BuildKit ${version}`,
    find: () => onPath(file),
    folder: join(cacheDir(), `buildkit-${version}`),
    file,
    installers: [
        {
            description: "download from github.com",
            install: (folder, step, signal) => {
                const cpu = process.arch === "arm64" ? "arm64" : "amd64";
                const name = `buildkit-v${version}.linux-${cpu}.tar.gz`;
                const release = { repository: "moby/buildkit", tag: `v${version}`, name };
                return downloadRelease(release, folder, step, signal, 1);
            },
        },
        {
            description: "build from its Go module, which takes about 2 minutes",
            install: (folder, step, signal) =>
                buildGoProgram(
                    {
                        module: "github.com/moby/buildkit",
                        version: `v${version}`,
                        package: "github.com/moby/buildkit/cmd/buildkitd",
                        variables: { "github.com/moby/buildkit/version.Version": `v${version}` },
                        requires: [`require github.com/moby/buildkit v${version}`],
                        ownGoMod: true,
                    },
                    join(folder, file),
                    step,
                    signal,
                ),
        },
    ],
    advice: `Install BuildKit ${version} (https://github.com/moby/buildkit/releases) so that \`buildkitd\` is on PATH, and run the command again.`,
};
