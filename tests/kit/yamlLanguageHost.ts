import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDir, pulumiHome } from "../../local/lib/paths.ts";
import { buildGoProgram } from "../../local/tools/goModule.ts";
import { pulumiVersion } from "../../local/tools/pulumiCli.ts";
import { onPath, type Tool } from "../../local/tools/tool.ts";

const version = "1.32.0";
const file = "pulumi-language-yaml";

/** Pulumi's language host for YAML programs, which is part of the CLI's official download. */
export const yamlLanguageHost: Tool = {
    title: `Pulumi's YAML language host ${version}`,
    find: () => {
        const pulumi = onPath("pulumi");
        const folders = [pulumi && dirname(pulumi), join(pulumiHome(), "versions", pulumiVersion, "bin")];
        const beside = folders.map((folder) => folder && join(folder, file)).find((path) => path && existsSync(path));
        return beside ?? onPath(file);
    },
    folder: join(cacheDir(), `pulumi-yaml-${version}`),
    file,
    installers: [
        {
            description: "build from its Go module, which takes about 2 minutes",
            install: (folder, step, signal) =>
                buildGoProgram(
                    {
                        module: "github.com/pulumi/pulumi-yaml",
                        version: `v${version}`,
                        package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
                        variables: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": `v${version}` },
                        requires: [`require github.com/pulumi/pulumi-yaml v${version}`],
                    },
                    join(folder, file),
                    step,
                    signal,
                ),
        },
    ],
    advice: "Install Pulumi (https://www.pulumi.com/docs/install), whose download has it, or Go 1.26 or later.",
};
