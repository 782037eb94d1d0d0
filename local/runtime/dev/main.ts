/** `npm run dev`: runs the local cloud and serves saved files in it. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { stopOnSignals } from "../../../automation/cli/stopSignal.ts";
import { AGENT_IDS, type AgentId } from "../../../docker/story-generator/pipeline/events.ts";
import { root, stateDir } from "../../lib/paths.ts";
import { Screen } from "../../lib/screen.ts";
import { imageNames } from "./bundles.ts";
import { FIRST_DEBUG_PORT } from "./debugPorts.ts";
import { develop } from "./develop.ts";

const EXIT_USAGE = 2;
const PARENT_POLL_MS = 1000;

interface Flags {
    images: boolean;
    live?: string;
    modelServer?: string;
    inspect?: number | true;
    replay?: string;
    from?: AgentId;
}

const screen = new Screen();
const signal = stopOnSignals(
    () => screen.line("Ending: what is under way is finished first. Once more ends at once."),
    () => screen.close(),
);
// The parent that forwards signals may be killed; this process then ends itself.
const { ppid } = process;
setInterval(() => process.ppid === ppid || process.kill(process.pid, "SIGTERM"), PARENT_POLL_MS).unref();
const program = new Command("npm run dev --")
    .description(
        "The local cloud, with what you save served in it within a second: code of the functions, of the agent service, of what they " +
            "share, of the contract and of the site. What can't be served so is deployed.",
    )
    .option("--no-images", "let a hash of its sources stand in for each image instead of building it")
    .option("--live <upstreams>", "as of `npm run local`: which upstreams are the real ones")
    .option("--model-server <address>", "as of `npm run local`: what writes instead")
    .option(
        "--inspect [port]",
        `let debuggers attach to the functions and the agent service, each at a port of its own from this one on (default: ${FIRST_DEBUG_PORT})`,
        portOf,
    )
    .option(
        "--replay <session>",
        "make a saved story again, after each change of the code too; --from says where it begins",
    )
    .addOption(new Option("--from <stage>", "the stage to replay from").choices(AGENT_IDS))
    .exitOverride()
    .showHelpAfterError("See `npm run dev -- --help` for the options.")
    .action(async ({ images, live, modelServer, inspect, replay: session, from }: Flags) => {
        const args = [
            ...(images ? [] : ["--no-images"]),
            ...(live ? ["--live", live] : []),
            ...(modelServer ? ["--model-server", modelServer] : []),
        ];
        if ((session === undefined) !== (from === undefined)) {
            program.error("error: --replay SESSION and --from STAGE belong together");
        }
        const replay = session && from ? { session, from } : undefined;
        const firstPort = inspect === true ? FIRST_DEBUG_PORT : inspect;
        await develop({ root, stateDir: stateDir(), args, inspect: firstPort, replay, screen, signal });
    });
try {
    await program.parseAsync();
} catch (error) {
    if (error instanceof CommanderError) {
        process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    } else if (!signal.aborted) {
        console.error((error as Error).message);
        process.exitCode = 1;
    }
} finally {
    screen.close();
}
process.exit();

function portOf(text: string): number {
    const port = Number(text);
    const last = 65_536 - imageNames.length;
    if (!Number.isInteger(port) || port < 1024 || port > last) {
        throw new InvalidArgumentError(`It has to be a port from 1024 to ${last}.`);
    }
    return port;
}
