/** `story42 local`: a local cloud for the user's own program. */
import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { Screen } from "../lib/screen.ts";
import { UsageError } from "../lib/usageError.ts";

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const help = `
The command has Pulumi's command line on its PATH, and an environment in which Pulumi and AWS's SDKs work on the local
cloud: no account, no credentials, stacks in .story42/ beside the program (STORY42_STATE_DIR names another folder).

  story42 local -- pulumi stack init trial
  story42 local -- pulumi up
  story42 local -- bash
  story42 local down`;

/**
 * Runs the command `local`.
 *
 * @param args the words after it
 * @returns the exit code: the one of the program that it ran, if it ran one
 */
export async function runLocal(args: string[]): Promise<number> {
    const screen = new Screen(process.stderr);
    const stop = new AbortController();
    // Used until the command runs, which gets the signals itself.
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const onSignal = () => stop.abort();
    for (const signal of signals) {
        process.on(signal, onSignal);
    }
    const stateDir = resolve(process.env.STORY42_STATE_DIR ?? ".story42");
    const base = { stateDir, screen, signal: stop.signal };
    let code = 0;
    const program = new Command("story42 local")
        .description("Starts a local cloud, or goes on with the one that runs, and runs a command on it.")
        .argument("<command...>", "the command, after --")
        .passThroughOptions()
        .enablePositionalOptions()
        .exitOverride()
        .addHelpText("after", help)
        .action(async ([command = "", ...rest]: string[]) => {
            const { run } = await import("./run.ts");
            code = await run({ ...base, command, args: rest });
        });
    program
        .command("down")
        .description("stop the local cloud and remove all that was deployed to it")
        .action(async () => {
            const { down } = await import("./down.ts");
            await down(base);
        });
    program
        .command("status")
        .description("say what of it runs, and where; fails when it does not run")
        .option("--json", "print it as JSON", false)
        .action(async ({ json }: { json: boolean }) => {
            const { status } = await import("./status.ts");
            code = (await status(stateDir, json)) ? 0 : 1;
        });
    try {
        await program.parseAsync(args, { from: "user" });
        return code;
    } catch (error) {
        if (error instanceof CommanderError) {
            return error.exitCode === 0 ? 0 : EXIT_USAGE;
        }
        screen.close();
        if (stop.signal.aborted) {
            console.error("Stopped. Run the command again to continue from there.");
            return EXIT_INTERRUPTED;
        }
        console.error((error as Error).message);
        return error instanceof UsageError ? EXIT_USAGE : 1;
    } finally {
        screen.close();
    }
}
