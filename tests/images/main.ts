/** `npm run images`: builds the images as a deployment does, inspects them, and runs them from their registry. */
import { Command, Option } from "commander";
import { runCommandLine } from "../../local/lib/commandLine.ts";
import { stateDir } from "../../local/lib/paths.ts";
import { checkImages, ownPlatform, type Platform, platforms } from "./check.ts";

await runCommandLine(({ screen, signal }) =>
    new Command("npm run images --")
        .description("Builds the images as a deployment does, looks into them, and runs them from their registry.")
        .addOption(
            new Option("--platform <platform>", "what they are built for; run only where it is this machine's")
                .choices(platforms)
                .default(ownPlatform),
        )
        .option("--debug", "show where in the code an error comes from")
        .exitOverride()
        .action(async ({ platform }: { platform: Platform }) => {
            const well = await checkImages({ stateDir: stateDir(), platform, screen, signal });
            process.exitCode = well ? 0 : 1;
        }),
);
