import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { pulumiHome } from "../paths.ts";
import { downloadArchive } from "./download.ts";
import { buildGoProgram } from "./goModule.ts";
import type { Tool } from "./tool.ts";

const version = manifest.devDependencies["@pulumi/docker-build"];
const file = "pulumi-resource-docker-build";

/** Two modules that the provider's SDK generator names and no proxy serves: what is used of them, one struct each. */
const stubs = {
    "dotnet/go.mod": "module github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3\n\ngo 1.26.0\n",
    "dotnet/codegen/codegen.go": `package codegen

type CSharpPackageInfo struct {
	RespectSchemaVersion bool
	PackageReferences    map[string]string
}
`,
    "java/go.mod": "module github.com/pulumi/pulumi-java\n\ngo 1.26.0\n",
    "java/pkg/codegen/java/java.go": `package java

type PackageInfo struct {
	BuildFiles, GradleNexusPublishPluginVersion string
	Dependencies                                map[string]string
}
`,
};

/** The provider that builds and pushes the images. */
export const dockerBuildProvider: Tool = {
    title: `Pulumi's docker-build provider ${version}`,
    folder: join(pulumiHome(), "plugins", `resource-docker-build-v${version}`),
    file,
    ways: [
        {
            how: "download from get.pulumi.com",
            make: (folder, step, signal) => {
                const cpu = process.arch === "arm64" ? "arm64" : "amd64";
                const name = `pulumi-resource-docker-build-v${version}-${process.platform}-${cpu}.tar.gz`;
                return downloadArchive(`https://get.pulumi.com/releases/plugins/${name}`, folder, step, signal);
            },
        },
        {
            how: "build from its Go module, which takes about 2 minutes",
            make: (folder, step, signal) =>
                buildGoProgram(
                    {
                        module: "github.com/pulumi/pulumi-docker-build",
                        version: `v${version}`,
                        package: "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
                        variables: { "github.com/pulumi/pulumi-docker-build/provider.Version": version },
                        requires: [
                            `require github.com/pulumi/pulumi-docker-build v${version}`,
                            "replace github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3 => ./dotnet",
                            "replace github.com/pulumi/pulumi-java => ./java",
                        ],
                        files: stubs,
                    },
                    join(folder, file),
                    step,
                    signal,
                ),
        },
    ],
    advice: `Install it with \`pulumi plugin install resource docker-build ${version}\`, or install Go 1.26 or later, and run the command again.`,
};
