/** The local cloud's commands: `npm run local`, `npm run local:down`, `:status` and `:env`, and `npm run images`. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { stopOnSignals } from "../automation/cli/stopSignal.ts";
import { SettingsError } from "../stacks/checkSettings.ts";
import { type ModelServer, modelServerSchema } from "../standins/upstreams/model/modelServer.ts";
import type { Platform } from "./commands/images.ts";
import { stateDir } from "./lib/paths.ts";
import { Screen } from "./lib/screen.ts";
import { UsageError } from "./lib/usageError.ts";
import { LIVE_UPSTREAMS, type LiveUpstream } from "./runtime/upstreamSettings.ts";

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

// Whoever reads may have seen enough: `npm run local | head`. What is under way comes to its end all the same.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
        throw error;
    }
});
const screen = new Screen();
const stop = stopOnSignals(
    () => screen.line("Stopping: what is under way is finished first. Once more ends at once."),
    () => screen.close(),
);

const program: Command = new Command("npm run local --")
    .description("Story-42 on this machine: an AWS emulator, and the stack `local` deployed to it.")
    .enablePositionalOptions()
    .option("--debug", "show where in the code an error comes from")
    .exitOverride()
    .showHelpAfterError("See `npm run local -- --help` for the commands and options.")
    .addHelpText("after", () => `\n\`up\` is the default command.\n\n${up.helpInformation()}`)
    .configureHelp({ showGlobalOptions: true });

const up: Command = program
    .command("up", { isDefault: true })
    .description("set up what is missing, start the emulator, deploy and run it; again to deploy what changed")
    .option("--no-images", "let a hash of its sources stand in for each image instead of building it")
    .option(
        "--live <upstreams>",
        "use the real ones: bedrock (with your AWS credentials), google (GEMINI_API_KEY), tts (TECH42_TTS_API_URL, TECH42_TTS_API_KEY)",
        liveUpstreams,
    )
    .option(
        "--model-server <address>",
        "let an OpenAI-compatible server write instead: URL#MODEL, with Ollama for example http://127.0.0.1:11434/v1#qwen3",
        modelServerOf,
    )
    .option("--demo [folder]", "make a story through the API and leave it in a folder")
    .option(
        "--verbose",
        "print everything about the deployment: its outputs, what is not emulated, each address",
        false,
    )
    .allowExcessArguments()
    .action(async ({ images, live = [], modelServer, demo, verbose }: UpFlags, { args }: Command) => {
        refuseCommand(args);
        const { run, demoFolder } = await import("./commands/run.ts");
        const folder = demo === true ? demoFolder(stateDir()) : demo;
        const as = { live, modelServer, demo: folder, verbose };
        await run({ stateDir: stateDir(), buildImages: images, ...as, screen, signal: stop });
    });

program
    .command("down")
    .description("remove the deployment and stop everything that was started")
    .action(async () => {
        const { down } = await import("./commands/down.ts");
        await down({ stateDir: stateDir(), screen, signal: stop });
    });

program
    .command("status")
    .description("say what runs, where, and who may sign in; fails when the emulator does not run")
    .option("--json", "print it as JSON", false)
    .action(async ({ json }: { json: boolean }) => {
        const { status } = await import("./commands/status.ts");
        process.exitCode = (await status(stateDir(), screen, json)) ? 0 : 1;
    });

program
    .command("env")
    .description('print what points a shell at the local cloud: eval "$(npm run -s local:env)"')
    .action(async () => {
        const { environment } = await import("./commands/environment.ts");
        process.stdout.write(await environment(stateDir()));
    });

program
    .command("images")
    .description("build the images as a deployment does, look into them, and run them from their registry")
    .addOption(
        new Option("--platform <platform>", "what they are built for; run only where it is this machine's")
            .choices(["linux/amd64", "linux/arm64"])
            .default(process.arch === "arm64" ? "linux/arm64" : "linux/amd64"),
    )
    .action(async ({ platform }: { platform: Platform }) => {
        const { images } = await import("./commands/images.ts");
        process.exitCode = (await images({ stateDir: stateDir(), platform, screen, signal: stop })) ? 0 : 1;
    });

program
    .command("pulumi")
    .description("run Pulumi's own command line on the local stack: `npm run local -- pulumi preview --diff`")
    .argument("[arguments...]")
    .helpOption(false)
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (args: string[]) => {
        const { pulumi } = await import("./commands/pulumi.ts");
        process.exitCode = await pulumi(stateDir(), args);
    });

program
    .command("story42")
    .description("run story42 on the local stack, to look after what `up` deployed: `npm run local -- story42 status`")
    .argument("[arguments...]")
    .helpOption(false)
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (args: string[]) => {
        const { story42 } = await import("./commands/story42.ts");
        process.exitCode = await story42(stateDir(), args);
    });

try {
    await program.parseAsync();
} catch (error) {
    process.exitCode = explain(error);
} finally {
    screen.close();
}
process.exit();

interface UpFlags {
    images: boolean;
    live?: LiveUpstream[];
    modelServer?: ModelServer;
    demo?: string | true;
    verbose: boolean;
}

/** Words that are no command go to the one that is meant when none is named. */
function refuseCommand([word]: string[]): void {
    if (word !== undefined) {
        const options = up.options.map(({ long }) => long);
        const meant = options.includes(`--${word}`) ? ` Did you mean --${word}?` : "";
        const names = program.commands.map((command) => command.name()).join(", ");
        throw new UsageError(`There is no command ${word}.${meant} There are ${names}.`);
    }
}

function liveUpstreams(value: string): LiveUpstream[] {
    return value.split(",").map((name) => {
        const upstream = LIVE_UPSTREAMS.find((one) => one === name.trim());
        if (!upstream) {
            throw new InvalidArgumentError(`It takes ${LIVE_UPSTREAMS.join(", ")}, comma-separated.`);
        }
        return upstream;
    });
}

function modelServerOf(value: string): ModelServer {
    const at = value.lastIndexOf("#");
    const parsed = modelServerSchema.safeParse({ url: value.slice(0, at), model: value.slice(at + 1) });
    if (!parsed.success) {
        throw new InvalidArgumentError("It takes URL#MODEL, for example http://127.0.0.1:11434/v1#qwen3.");
    }
    return parsed.data;
}

function explain(error: unknown): number {
    if (error instanceof CommanderError) {
        return error.exitCode === 0 ? 0 : EXIT_USAGE;
    }
    screen.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC") {
        console.error("The disk is full. Make room and run the command again; it continues from there.");
    } else if (!(stop.aborted && (error as Error).name === "AbortError")) {
        console.error(program.opts<{ debug?: true }>().debug ? error : (error as Error).message);
    }
    if (stop.aborted) {
        console.error("Stopped. Run the command again to continue from there.");
        return EXIT_INTERRUPTED;
    }
    return error instanceof UsageError || error instanceof SettingsError ? EXIT_USAGE : 1;
}
