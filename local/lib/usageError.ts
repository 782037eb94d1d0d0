/** A command was asked for something that it can't do; the message says what can be asked for. */
export class UsageError extends Error {
    override readonly name = "UsageError";
}
