/** The person at the terminal, if there is one. Everything here goes to stderr: stdout is for results alone. */
import { confirm, isCancel, password, text } from "@clack/prompts";
import { CommandFailure } from "./exitCodes.ts";

/** Whether there is a terminal to ask at. */
export function hasPerson(): boolean {
    return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/** Prints a message to stderr. */
export function say(line: string): void {
    process.stderr.write(`${line}\n`);
}

/**
 * Asks before something changes, unless `--yes` was given.
 *
 * @throws {CommandFailure} when the answer is no
 */
export async function confirmed(question: string, yes: boolean | undefined, signal: AbortSignal): Promise<void> {
    if (yes) {
        return;
    }
    const answer = await confirm({ message: question, initialValue: false, output: process.stderr, signal });
    stopIfCancelled(answer);
    if (!answer) {
        throw new CommandFailure("declined", "Nothing was changed.");
    }
}

/**
 * Fails a changing command before its work if it could not be confirmed.
 *
 * @throws {CommandFailure} when there is neither `--yes` nor anybody to ask
 */
export function assertCanConfirm(yes: boolean | undefined): void {
    if (!yes && !hasPerson()) {
        throw new CommandFailure(
            "confirmation_needed",
            "This changes the stack, and there is no terminal to ask at. Give --yes to go ahead. Nothing was changed.",
        );
    }
}

/**
 * Asks the user to type a name, as confirmation of a deletion.
 *
 * @returns the name
 * @throws {CommandFailure} when something else is typed
 */
export async function confirmByName(question: string, name: string, signal: AbortSignal): Promise<string> {
    const answer = await text({ message: question, placeholder: name, output: process.stderr, signal });
    stopIfCancelled(answer);
    if (answer !== name) {
        throw new CommandFailure("declined", "That is another name. Nothing was changed.");
    }
    return name;
}

/** A value from the environment or the terminal; never from an argument, which every process could read. */
export async function askFor(
    { variable, question, secret }: { variable: string; question: string; secret?: boolean },
    signal: AbortSignal,
): Promise<string> {
    const given = process.env[variable];
    if (given) {
        return given;
    }
    if (!hasPerson()) {
        throw new CommandFailure("usage", `There is no terminal to ask at: set ${variable} in the environment.`);
    }
    const common = { message: question, output: process.stderr, signal };
    const answer = secret ? await password(common) : await text(common);
    stopIfCancelled(answer);
    return String(answer ?? "");
}

function stopIfCancelled(answer: unknown): void {
    if (isCancel(answer)) {
        throw new CommandFailure("cancelled", "Stopped. Nothing was changed.");
    }
}
