/** The tools that the tests start, found or set up as `npm run local` does it. */
import { Screen } from "../../local/screen.ts";
import { buildkitd } from "../../local/tools/buildkitd.ts";
import { dockerBuildProvider } from "../../local/tools/dockerBuildProvider.ts";
import { ministack } from "../../local/tools/ministack.ts";
import { pulumiCli } from "../../local/tools/pulumiCli.ts";
import { ToolSet } from "../../local/tools/tool.ts";

const tools = new ToolSet(new Screen(), new AbortController().signal);

/** MiniStack's program. */
export const ministackCommand = () => tools.provide(ministack);

/** The Pulumi command line's program. */
export const pulumiCommand = () => tools.provide(pulumiCli);

/** Sets up everything that is missing, so that no test has to wait for it. */
export async function provideTools(): Promise<void> {
    await Promise.all([
        ministackCommand(),
        // One after the other: each is built with all processors, if it has to be built.
        pulumiCommand()
            .then(() => tools.provide(dockerBuildProvider))
            .then(() => tools.provide(buildkitd)),
    ]);
}
