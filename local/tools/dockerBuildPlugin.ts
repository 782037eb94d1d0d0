import { join } from "node:path";
import { installedVersion } from "../../plugins/installedVersion.ts";
import { buildGoProgram } from "./goModule.ts";
import { pluginTool } from "./plugin.ts";

const version = installedVersion("@pulumi/docker-build");

/** Stubs for two modules that the provider's SDK generator imports and no proxy serves, with the one struct that is used of each. */
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
export const dockerBuildPlugin = pluginTool("docker-build", version, {
    description: "build from its Go module, which takes about 2 minutes",
    install: (folder, step, signal) =>
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
            join(folder, "pulumi-resource-docker-build"),
            step,
            signal,
        ),
});
