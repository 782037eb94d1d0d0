import {
    type Account,
    CancelledError,
    CredentialsError,
    EngineError,
    NoSuchStackError,
    ProviderError,
    SettingsError,
    SetUpError,
    StackLockedError,
    StoryError,
} from "../errors.ts";
import { changesOf } from "./changes.ts";
import type { Operation } from "./events.ts";
import { isDead } from "./lock.ts";
import { Progress } from "./progress.ts";

/** A failed or cancelled run of the engine. */
export interface FailedRun {
    stack: string;
    operation: Operation;
    progress: Progress;
    /** The plan of the preview, if there was one. */
    planned: Progress | undefined;
    cancelled: boolean;
    error: unknown;
}

/** The error for the caller of a failed or cancelled run. */
export function failureOf(run: FailedRun): Error {
    const { stack, progress, error } = run;
    if (error instanceof StoryError || error instanceof SettingsError) {
        return error;
    }
    const { name, message } = error as Error;
    const cause = { cause: error };
    const account = accountOf(run);
    if (run.cancelled) {
        return new CancelledError(`${run.operation} of ${stack}`, account, cause);
    }
    const failures = progress.failures().map(({ op, urn, type, name, reasons }) => ({
        step: op,
        urn,
        type,
        name,
        reasons,
        output: progress.outputOf(urn),
    }));
    const messages = [message, ...progress.errors, ...failures.flatMap(({ reasons }) => reasons)].join("\n");
    if (
        name === "ConcurrentUpdateError" ||
        /currently locked by|Another update is currently in progress/.test(messages)
    ) {
        return lockedError(stack, messages, cause);
    }
    if (name === "StackNotFoundError") {
        return new NoSuchStackError(stack, cause);
    }
    const credentials = credentialsError(messages, cause);
    if (credentials) {
        return credentials;
    }
    const [backendProblem] =
        /.*(unable to open (state directory|bucket)|NoSuchBucket|no driver registered).*/.exec(messages) ?? [];
    if (backendProblem !== undefined) {
        return new SetUpError(
            `The backend can't be used: ${backendProblem.replace(/^error: /, "")}`,
            "Name a folder or bucket that is there (backend, PULUMI_BACKEND_URL): Pulumi makes none.",
            cause,
        );
    }
    return failures.length > 0
        ? new ProviderError(failures, account, cause)
        : new EngineError(name === "CommandError" ? progress.errors.join("\n") || message : message, account, cause);
}

/** The error for the caller of a failed Pulumi command other than a run. */
export function commandFailure(error: unknown, stack = "any"): Error {
    const nothing = { progress: new Progress(), planned: undefined, cancelled: false };
    return failureOf({ stack, operation: "preview", ...nothing, error });
}

/** The done and not done steps of a failed or cancelled run. */
function accountOf({ operation, progress, planned }: FailedRun): Account {
    if (operation === "preview") {
        return { done: [], notDone: [] };
    }
    const done = [...progress.done.values()];
    const settled = new Set(progress.done.keys());
    const left = [...(planned?.begun ?? progress.begun)].filter(([key]) => !settled.has(key));
    const listed = (steps: typeof done) => Object.values(changesOf(steps)).flat();
    return { done: listed(done), notDone: listed(left.map(([, step]) => step)) };
}

/** A file backend's lock names its holder: `created by user@host (pid 42) at 2026-11-02T10:00:00+01:00`. */
function lockedError(stack: string, messages: string, options: ErrorOptions): StackLockedError {
    const holders = [...messages.matchAll(/created by (\S+ \(pid \d+\)) at (\S+)/g)];
    const [, by, at] = holders.find(([, holder = ""]) => !isDead(holder)) ?? holders[0] ?? [];
    const since = at === undefined ? undefined : new Date(at);
    return new StackLockedError(stack, by, since && !Number.isNaN(since.getTime()) ? since : undefined, options);
}

const refusals = [
    {
        of: "secrets",
        pattern:
            /.*(passphrase must be set|incorrect passphrase|get(ting)? passphrase|decrypt.*(AccessDenied|denied)).*/i,
    },
    {
        of: "backend",
        pattern:
            /.*(PULUMI_ACCESS_TOKEN must be set|invalid access token|Unauthorized: No credentials|could not determine current user).*/i,
    },
    {
        of: "aws",
        pattern:
            /.*(no valid credential sources|NoCredentialProviders|failed to refresh cached credentials|Could not load credentials|ExpiredToken|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|security token included in the request is (invalid|expired)).*/i,
    },
] as const;

function credentialsError(messages: string, options: ErrorOptions): CredentialsError | undefined {
    for (const { of, pattern } of refusals) {
        const line = pattern.exec(messages)?.[0];
        if (line !== undefined) {
            return new CredentialsError(of, line.trim(), options);
        }
    }
    return undefined;
}
