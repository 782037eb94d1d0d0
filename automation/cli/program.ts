import { inspect } from "node:util";
import { Command, CommanderError, Option } from "commander";
import packageFile from "../../package/package.json" with { type: "json" };
import type { CliCommand, Context } from "./command.ts";
import { commands } from "./commands.ts";
import { answerCompletions } from "./completion.ts";
import { exitCodeMeanings, exitCodes } from "./exitCodes.ts";
import { explain } from "./explain.ts";
import { openStack } from "./openStack.ts";
import { assertCanConfirm, say } from "./terminal.ts";

/** The options that every command has. */
interface CommonFlags {
    stack?: string;
    project: string;
    json?: true;
    yes?: true;
}

/** A command that the help lists, but another program runs. */
export interface ListedCommand {
    name: string;
    /** One sentence for the list of commands. */
    about: string;
}

/** How a run of the command line ended. */
interface Outcome {
    code: number;
}

/**
 * Runs one command.
 *
 * @param args the words after `story42`
 * @param listed commands that other programs run
 * @returns the exit code
 */
export async function runCommandLine(
    args: string[],
    signal: AbortSignal,
    listed: readonly ListedCommand[] = [],
): Promise<number> {
    const outcome: Outcome = { code: exitCodes.done };
    try {
        await createProgram(signal, outcome, listed).parseAsync(args, { from: "user" });
        return outcome.code;
    } catch (error) {
        if (error instanceof CommanderError && error.exitCode === 0) {
            return exitCodes.done;
        }
        // Without a command, commander has shown the help.
        if (error instanceof CommanderError && error.code === "commander.help") {
            return exitCodes.usage;
        }
        if (args.includes("--debug")) {
            say(inspect(error));
        }
        return tell(withChoices(error, args), args.includes("--json"), signal);
    }
}

/** Commander's error, with the choices for a missing or wrong argument. */
function withChoices(error: unknown, [name]: string[]): unknown {
    if (!(error instanceof CommanderError)) {
        return error;
    }
    const [argument] =
        createProgram(new AbortController().signal).commands.find((command) => command.name() === name)
            ?.registeredArguments ?? [];
    const choices = argument?.argChoices?.join(", ");
    const message = error.message.replace(
        /command-argument value '(.*)' is invalid for argument '(.*)'\. Allowed choices are (.*)\./,
        "'$1' is none of $3",
    );
    const given = error.code === "commander.missingArgument" && choices ? `${message}: ${choices}` : message;
    return new CommanderError(error.exitCode, error.code, given);
}

/** The whole command line as a commander program. */
export function createProgram(
    signal: AbortSignal,
    outcome: Outcome = { code: 0 },
    listed: readonly ListedCommand[] = [],
): Command {
    const program = new Command("story42")
        .description("Deploys Story-42 stacks and looks after them. Plain `pulumi up` is enough for deploying, too.")
        .version(packageFile.version, "--version", "print the version")
        .exitOverride()
        // Errors are printed once, at the end, as text or as JSON.
        .configureOutput({ outputError: () => {} })
        .addHelpText("after", epilogue());
    for (const command of commands) {
        addCommand(program, command, signal, outcome);
    }
    for (const { name, about } of listed) {
        program.command(name).description(about);
    }
    answerCompletions(program);
    return program;
}

function addCommand(program: Command, command: CliCommand, signal: AbortSignal, outcome: Outcome): void {
    const added = program
        .command(command.name)
        .description(command.about)
        .option("--stack <name>", "the stack (default: PULUMI_STACK, or the selected one)")
        .addOption(new Option("--project <folder>", "the project's folder").default(".", "this one"))
        .option("--json", "print the result as JSON, on stdout alone")
        .option("--debug", "show where in the code an error comes from");
    if (command.changes) {
        added.option("--yes", "change things without asking; never implied");
    }
    command.define?.(added);
    if (command.help) {
        added.addHelpText("after", `\n${command.help}`);
    }
    added.action(async (...given: unknown[]) => {
        // Commander gives the arguments, then the flags, then the command.
        const flags = given.at(-2) as CommonFlags;
        const words = given.slice(0, -2) as string[];
        if (command.changes) {
            assertCanConfirm(flags.yes);
        }
        const emit = (result: unknown) => print(command, result, flags.json === true);
        const context: Context = {
            stack: (siteContent) => openStack({ folder: flags.project, name: flags.stack, siteContent }),
            folder: flags.project,
            yes: flags.yes,
            json: flags.json === true,
            signal,
            emit,
        };
        const result = await command.run(context, flags, ...words);
        if (result !== undefined) {
            emit(result);
            outcome.code = command.exitCode?.(result) ?? exitCodes.done;
        }
    });
}

function print(command: CliCommand, result: unknown, json: boolean): void {
    const text = json ? JSON.stringify(result, null, command.streams ? undefined : 2) : command.text(result);
    process.stdout.write(`${text}\n`);
}

/** Prints an error: as text on stderr, and with --json on stdout as well. */
function tell(error: unknown, json: boolean, signal: AbortSignal): number {
    const { result, message, exitCode } = explain(error, signal);
    if (json) {
        process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    }
    say(message);
    return exitCode;
}

function epilogue(): string {
    const codes = Object.entries(exitCodes).map(
        ([name, code]) => `  ${String(code).padEnd(5)} ${exitCodeMeanings[name as keyof typeof exitCodes]}`,
    );
    return `
Results go to stdout, everything else to stderr. With --json a result, or an error with its code, is JSON as
docs/cli-schema.json describes it. AWS credentials, region and AWS_ENDPOINT_URL are taken as Pulumi takes them.

Exit codes:
${codes.join("\n")}`;
}
