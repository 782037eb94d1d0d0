/** Wrong arguments of a command; the message names the right ones. */
export class UsageError extends Error {
    override readonly name = "UsageError";
}
