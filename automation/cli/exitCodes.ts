import { z } from "zod";

/** The exit codes. The help prints this list. */
export const exitCodes = {
    done: 0,
    failed: 1,
    usage: 2,
    refused: 3,
    interrupted: 130,
} as const;

/** The same in words. */
export const exitCodeMeanings: Record<keyof typeof exitCodes, string> = {
    done: "done",
    failed: "failed; the message says at what",
    usage: "wrong usage or settings, or --yes is missing where nobody can be asked; nothing was changed",
    refused: "refused, declined or found wanting: a gate, a digest that differs, something for the doctor",
    interrupted: "interrupted; run it again to continue from there",
};

/** The codes of failures, with their exit codes. */
export const failureCodes = {
    usage: exitCodes.usage,
    confirmation_needed: exitCodes.usage,
    settings_wrong: exitCodes.usage,
    state_wrong: exitCodes.usage,
    declined: exitCodes.refused,
    data_protected: exitCodes.refused,
    no_stack: exitCodes.failed,
    not_deployed: exitCodes.failed,
    no_agent_service: exitCodes.failed,
    stack_locked: exitCodes.failed,
    credentials_missing: exitCodes.failed,
    access_denied: exitCodes.failed,
    sign_in_failed: exitCodes.failed,
    resource_failed: exitCodes.failed,
    tool_missing: exitCodes.failed,
    failed: exitCodes.failed,
    cancelled: exitCodes.interrupted,
} as const;

/** A kind of failure. */
export type FailureCode = keyof typeof failureCodes;

/** What a command prints with `--json` when it fails. */
export const failureResult = z.strictObject({
    error: z.strictObject({
        code: z.enum(Object.keys(failureCodes) as [FailureCode, ...FailureCode[]]),
        message: z.string(),
        details: z
            .record(z.string(), z.unknown())
            .optional()
            .describe("What belongs to the code: resources, problems."),
    }),
});

/** A command can't do what it was asked for; the message says why and what to do. */
export class CommandFailure extends Error {
    override readonly name = "CommandFailure";
    readonly code: FailureCode;
    /** More for programs: names of resources, a list of problems. */
    readonly details: Record<string, unknown> | undefined;

    constructor(code: FailureCode, message: string, details?: Record<string, unknown>) {
        super(message);
        this.code = code;
        this.details = details;
    }
}
