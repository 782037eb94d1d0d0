import type { Command } from "commander";
import type { z } from "zod";
import type { CliStack } from "./openStack.ts";

/** What every command is given. */
export interface Context {
    /**
     * The stack that is meant: `--stack`, `PULUMI_STACK` or the selected one.
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
    /** Aborts when the person wants to stop. */
    signal: AbortSignal;
    /** Prints one result; a command that returns one need not. For those that give many, one line each. */
    emit(result: unknown): void;
}

/** One command of the command line. */
export interface CliCommand<Result = unknown, Flags = unknown> {
    name: string;
    /** One sentence for the list of commands. */
    about: string;
    /** More for its own help. */
    help?: string;
    /** It changes something: it has `--yes`, and asks before. */
    changes?: true;
    /** Adds its own arguments and options. */
    define?(command: Command): Command;
    /** What `--json` prints, published in docs/cli-schema.json. */
    result: z.ZodType<Result>;
    /** Whether it prints many results, one per line, as they come. */
    streams?: true;
    run(context: Context, flags: Flags, ...args: string[]): Promise<Result | undefined>;
    /** The result for people. */
    text(result: Result): string;
    /** How the command ends with this result. Default: done. */
    exitCode?(result: Result): number;
}

/** Keeps a command's own types while it is written, and gives it the type that the list of commands has. */
export function defineCommand<Result, Flags = unknown>(command: CliCommand<Result, Flags>): CliCommand {
    return command as CliCommand;
}

/** For commands that deploy the site. */
export const siteOption = [
    "--site <folder>",
    "the folder of a built site (default: it is built in the project's folder)",
] as const;
