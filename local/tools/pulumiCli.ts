import { execFileSync } from "node:child_process";
import { renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { installedVersion } from "../../plugins/installedVersion.ts";
import { pulumiHome } from "../lib/paths.ts";
import { downloadRelease } from "./download.ts";
import { buildGoProgram } from "./goModule.ts";
import { isExecutable, onPath, type Tool } from "./tool.ts";

/** The version of the SDK; in a checkout `npx pulumi` uses the same. */
export const pulumiVersion = installedVersion("@pulumi/pulumi");

/** The Pulumi command line with its engine. */
export const pulumiCli: Tool = {
    title: `Pulumi CLI ${pulumiVersion}`,
    find: findInstalled,
    // The folder in which `npx pulumi` and the Automation API look for it, so that both use this one.
    folder: join(pulumiHome(), "versions", pulumiVersion, "bin"),
    file: "pulumi",
    installers: [
        {
            description: "download from github.com",
            install: (folder, step, signal) => {
                const cpu = process.arch === "arm64" ? "arm64" : "x64";
                const tag = `v${pulumiVersion}`;
                const name = `pulumi-${tag}-${process.platform}-${cpu}.tar.gz`;
                return downloadRelease({ repository: "pulumi/pulumi", tag, name }, folder, step, signal, 1);
            },
        },
        {
            description: "build from its Go module, which takes about 3 minutes",
            install: async (folder, step, signal) => {
                const built = join(folder, "pulumi");
                await buildGoProgram(
                    {
                        module: "github.com/pulumi/pulumi/pkg/v3",
                        version: `v${pulumiVersion}`,
                        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                        variables: {
                            "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}`,
                        },
                        requires: [
                            `require github.com/pulumi/pulumi/pkg/v3 v${pulumiVersion}`,
                            `require github.com/pulumi/pulumi/sdk/v3 v${pulumiVersion}`,
                        ],
                    },
                    `${built}.new`,
                    step,
                    signal,
                );
                renameSync(`${built}.new`, built);
            },
        },
    ],
    advice: `Install Pulumi ${pulumiVersion} (https://www.pulumi.com/docs/install) so that it is on PATH, and run the command again.`,
};

/** A Pulumi that the user installed, of this version or a later minor one; it must lie in a folder named `bin`. */
function findInstalled(): string | undefined {
    const candidates = [
        onPath("pulumi"),
        join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "versions", pulumiVersion, "bin/pulumi"),
    ];
    return candidates.find((path) => path?.endsWith("/bin/pulumi") && isExecutable(path) && isNewEnough(path));
}

function isNewEnough(path: string): boolean {
    try {
        const output = execFileSync(path, ["version"], {
            encoding: "utf8",
            timeout: 10_000,
            stdio: ["ignore", "pipe", "ignore"],
            env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" },
        });
        const [major, minor] = output.trim().replace(/^v/, "").split(".").map(Number);
        const [wantedMajor, wantedMinor] = pulumiVersion.split(".").map(Number);
        return major === wantedMajor && Number(minor) >= Number(wantedMinor);
    } catch {
        return false;
    }
}
