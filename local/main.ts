/** The local cloud's commands: `npm run local`, `npm run local:down`, `:status`, `:env` and `:logs`. */
import "../stacks/lightSdk.cjs";
import { Command, InvalidArgumentError } from "commander";
import { type ModelServer, parseModelServer } from "../standins/upstreams/model/modelServer.ts";
import { runCommandLine } from "./lib/commandLine.ts";
import { stateDir } from "./lib/paths.ts";
import { UsageError } from "./lib/usageError.ts";
import { LIVE_UPSTREAMS, type LiveUpstream } from "./runtime/upstreamSettings.ts";

await runCommandLine(({ screen, signal }) => {
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
            refuseCommand(args, program, up);
            const { run, demoFolder } = await import("./commands/run.ts");
            const folder = demo === true ? demoFolder(stateDir()) : demo;
            const as = { live, modelServer, demo: folder, verbose };
            await run({ stateDir: stateDir(), buildImages: images, ...as, screen, signal });
        });

    program
        .command("down")
        .description("remove the deployment and stop everything that was started")
        .action(async () => {
            const { down } = await import("./commands/down.ts");
            await down({ stateDir: stateDir(), screen, signal });
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
        .command("logs")
        .description("follow what all parts write, each in a colour of its own")
        .argument("[parts...]", "only these, by what people call them or by a part of their names: agent, emulator")
        .option("--no-follow", "show the end of each log and stop")
        .action(async (parts: string[], { follow }: { follow: boolean }) => {
            const { logs } = await import("./commands/logs.ts");
            await logs({ stateDir: stateDir(), parts, follow });
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
        .description(
            "run story42 on the local stack, to look after what `up` deployed: `npm run local -- story42 status`",
        )
        .argument("[arguments...]")
        .helpOption(false)
        .passThroughOptions()
        .allowUnknownOption()
        .action(async (args: string[]) => {
            const { story42 } = await import("./commands/story42.ts");
            process.exitCode = await story42(stateDir(), args);
        });

    return program;
});

interface UpFlags {
    images: boolean;
    live?: LiveUpstream[];
    modelServer?: ModelServer;
    demo?: string | true;
    verbose: boolean;
}

/** Unknown words reach the default command, which refuses them. */
function refuseCommand([word]: string[], program: Command, up: Command): void {
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
    const server = parseModelServer(value);
    if (!server) {
        throw new InvalidArgumentError("It takes URL#MODEL, for example http://127.0.0.1:11434/v1#qwen3.");
    }
    return server;
}
