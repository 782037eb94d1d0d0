/** The tests' tools, found or installed as `npm run local` does it. */
import { join } from "node:path";
import { cacheDir } from "../../local/lib/paths.ts";
import { Screen } from "../../local/lib/screen.ts";
import { awsPlugin } from "../../local/tools/awsPlugin.ts";
import { awsxPlugin } from "../../local/tools/awsxPlugin.ts";
import { buildkitd } from "../../local/tools/buildkitd.ts";
import { provideDebianPrograms } from "../../local/tools/debian.ts";
import { dockerBuildPlugin } from "../../local/tools/dockerBuildPlugin.ts";
import { buildGoProgram } from "../../local/tools/goModule.ts";
import { ministack } from "../../local/tools/ministack.ts";
import { pulumiCli } from "../../local/tools/pulumiCli.ts";
import { installFromPyPI, pythonAdvice, pythonFile } from "../../local/tools/pythonModule.ts";
import { type Tool, ToolSet } from "../../local/tools/tool.ts";
import { lighthouse } from "./lighthouse/tool.ts";
import { yamlLanguageHost } from "./yamlLanguageHost.ts";

const screen = new Screen();
const { signal } = new AbortController();
const tools = new ToolSet(screen, signal);

/** The Python with MiniStack. */
export const ministackCommand = () => tools.provide(ministack);

/** Schemathesis, which sends a server requests that its OpenAPI document allows, and others. */
const schemathesis: Tool = {
    title: "Schemathesis 4.32.5",
    folder: join(cacheDir(), "schemathesis-4.32.5"),
    file: pythonFile,
    installers: [installFromPyPI(["schemathesis==4.32.5"])],
    advice: pythonAdvice,
};

const actionlintVersion = "1.7.12";

/** actionlint, which checks workflows of GitHub Actions. */
const actionlint: Tool = {
    title: `actionlint ${actionlintVersion}`,
    folder: join(cacheDir(), `actionlint-${actionlintVersion}`),
    file: "actionlint",
    installers: [
        {
            description: "build from its Go module",
            install: (folder, step, signal) =>
                buildGoProgram(
                    {
                        module: "github.com/rhysd/actionlint",
                        version: `v${actionlintVersion}`,
                        package: "github.com/rhysd/actionlint/cmd/actionlint",
                        variables: {},
                        requires: [`require github.com/rhysd/actionlint v${actionlintVersion}`],
                    },
                    join(folder, "actionlint"),
                    step,
                    signal,
                ),
        },
    ],
    advice: "It needs Go 1.26 or later, and a Go module proxy that can be reached.",
};

/** actionlint's program. */
export const actionlintCommand = () => tools.provide(actionlint);

/** The Python with Schemathesis. */
export const schemathesisCommand = () => tools.provide(schemathesis);

/** Pulumi's language host for YAML programs. */
export const yamlLanguageHostCommand = () => tools.provide(yamlLanguageHost);

/** The Pulumi command line's program. */
export const pulumiCommand = () => tools.provide(pulumiCli);

/** The plugins for AWS. */
export async function providePlugins(): Promise<void> {
    await tools.provide(awsPlugin);
    await tools.provide(awsxPlugin);
}

/** The folder of the packages of Lighthouse. */
export const lighthousePackages = () => tools.provide(lighthouse);

/** Chromium for the site's tests. */
export async function chromiumCommand(): Promise<string> {
    return (await provideDebianPrograms({ chromium: "chromium" }, screen, signal)).chromium ?? "chromium";
}

/** Installs all missing tools, so that no test has to wait for them. */
export async function provideTools(): Promise<void> {
    await Promise.all([
        ministackCommand().then(schemathesisCommand).then(actionlintCommand),
        chromiumCommand().then(lighthousePackages),
        // At most two builds at a time, as in `npm run local`.
        pulumiCommand()
            .then(() => tools.provide(dockerBuildPlugin))
            .then(yamlLanguageHostCommand),
        providePlugins().then(() => tools.provide(buildkitd)),
    ]);
}
