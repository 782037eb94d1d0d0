import type { Command } from "commander";
import type { z } from "zod";
import type { CliStack } from "./openStack.ts";

/** The context of a command's run. */
export interface Context {
    /**
     * Opens the stack: `--stack`, `PULUMI_STACK` or the selected one.
     *
     * @param siteContent the folder of a built site. Default: it is built in the project's folder
     */
    stack(siteContent?: string): Promise<CliStack>;
    /** The folder of the project. */
    folder: string;
    /** `--yes` was given. Only commands that change something have it. */
    yes: boolean | undefined;
    /** Whether the result is printed as JSON. */
    json: boolean;
    /** Aborts when the user stops the command. */
    signal: AbortSignal;
    /** Prints one result, on one line for commands that stream; a returned result is printed as well. */
    emit(result: unknown): void;
}

/** One command of the command line. */
export interface CliCommand<Result = unknown, Flags = unknown> {
    name: string;
    /** One sentence for the list of commands. */
    about: string;
    /** More for its own help. */
    help?: string;
    /** Whether it changes something: then it has `--yes`, and asks first. */
    changes?: true;
    /** Adds its own arguments and options. */
    define?(command: Command): Command;
    /** What `--json` prints, published in docs/cli-schema.json. */
    result: z.ZodType<Result>;
    /** Whether it prints many results, one per line, as they come. */
    streams?: true;
    run(context: Context, flags: Flags, ...args: string[]): Promise<Result | undefined>;
    /** The result as text. */
    text(result: Result): string;
    /** The exit code for this result. Default: done. */
    exitCode?(result: Result): number;
}

/** Checks a command with its own types, and returns it with the type of the list of commands. */
export function defineCommand<Result, Flags = unknown>(command: CliCommand<Result, Flags>): CliCommand {
    return command as CliCommand;
}

/** For commands that deploy the site. */
export const siteOption = [
    "--site <folder>",
    "the folder of a built site (default: it is built in the project's folder)",
] as const;
