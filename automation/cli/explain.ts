import { CommanderError } from "commander";
import type { z } from "zod";
import { StateError } from "../adopt/stateError.ts";
import {
    CancelledError,
    CredentialsError,
    NoSuchStackError,
    ProtectedDataError,
    ProviderError,
    SettingsError,
    SetUpError,
    StackLockedError,
    StoryError,
} from "../index.ts";
import { CommandFailure, exitCodes, type FailureCode, failureCodes, type failureResult } from "./exitCodes.ts";

/** A failure, as JSON for programs and as a message for people. */
export interface Explained {
    result: z.output<typeof failureResult>;
    message: string;
    exitCode: number;
}

/** Explains any error that a command threw. */
export function explain(error: unknown, signal: AbortSignal): Explained {
    const { code, message, details } = failureOf(error, signal);
    const exitCode = signal.aborted ? exitCodes.interrupted : failureCodes[code];
    return { result: { error: { code, message, ...(details ? { details } : {}) } }, message, exitCode };
}

interface Failure {
    code: FailureCode;
    message: string;
    details?: Record<string, unknown>;
}

function failureOf(error: unknown, signal: AbortSignal): Failure {
    if (error instanceof CommandFailure) {
        return error;
    }
    if (error instanceof CommanderError) {
        return {
            code: "usage",
            message: `${error.message.replace(/^error: /, "")}\nSee story42 --help for the commands and options.`,
        };
    }
    if (error instanceof SettingsError) {
        return { code: "settings_wrong", message: error.message, details: { problems: error.problems } };
    }
    if (error instanceof StoryError) {
        return driverFailure(error);
    }
    if (signal.aborted) {
        return { code: "cancelled", message: "Stopped." };
    }
    return awsFailure(error as Error & { $fault?: string; $metadata?: { httpStatusCode?: number } });
}

function driverFailure(error: StoryError): Failure {
    const message = `${error.message}\n${error.advice}`;
    if (error instanceof StateError) {
        return { code: "state_wrong", message };
    }
    if (error instanceof ProtectedDataError) {
        const flagged = `${error.message}\nTake back the change that asks for it, or name what may go: --replace-or-delete NAME ..., or for all of a destroyed stack --everything-of STACK.`;
        return { code: "data_protected", message: flagged, details: { resources: error.refused.map(named) } };
    }
    if (error instanceof ProviderError) {
        const failures = error.failures.map((one) => ({ ...named(one), reasons: one.reasons }));
        const output = error.failures.flatMap(({ output }) => output.map((line) => `    ${line}`)).join("\n");
        return { code: "resource_failed", message: output ? `${output}\n${message}` : message, details: { failures } };
    }
    if (error instanceof StackLockedError) {
        return { code: "stack_locked", message, details: { by: error.by ?? null, since: error.since ?? null } };
    }
    if (error instanceof CancelledError) {
        const { done, notDone } = error.account;
        return { code: "cancelled", message, details: { done: done.map(named), notDone: notDone.map(named) } };
    }
    if (error instanceof CredentialsError) {
        return { code: "credentials_missing", message, details: { of: error.of } };
    }
    if (error instanceof NoSuchStackError) {
        return { code: "no_stack", message };
    }
    return { code: error instanceof SetUpError ? "tool_missing" : "failed", message };
}

function named({ name, type, urn }: { name: string; type: string; urn: string }) {
    return { name, type, urn };
}

/** AWS's own errors, by what a person can do about them. */
function awsFailure(error: Error & { $fault?: string; $metadata?: { httpStatusCode?: number } }): Failure {
    const { name, message } = error;
    if (
        /CredentialsProviderError|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch/.test(name)
    ) {
        return {
            code: "credentials_missing",
            message: `The AWS credentials can't be used: ${message}\nSign in to AWS (AWS_PROFILE, aws sso login, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) and try again.`,
            details: { of: "aws" },
        };
    }
    if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(name)) {
        return { code: "access_denied", message: `AWS refuses: ${message}` };
    }
    if (/ResourceNotFound/.test(name)) {
        return {
            code: "failed",
            message: `${message}\nIt was deployed, and is gone: \`story42 refresh\` and \`up\` create it again.`,
        };
    }
    return { code: "failed", message: error.$fault ? `AWS answers ${name}: ${message}` : message };
}
