import type { ResourceChange, ResourceName } from "./engine/changes.ts";
import { isFoundation } from "./engine/dataHolding.ts";
import { projectName } from "./engine/workspace.ts";

export { SettingsError } from "../stacks/checkSettings.ts";

/** An operation of the driver failed. `advice` says what a caller can do. */
export abstract class StoryError extends Error {
    abstract readonly advice: string;
}

/** Another engine works on the stack, or a killed one has left its lock. */
export class StackLockedError extends StoryError {
    override readonly name = "StackLockedError";
    readonly stackName: string;
    /** Who holds it, such as `user@host (pid 42)`; `undefined` if the backend does not tell. */
    readonly by: string | undefined;
    readonly since: Date | undefined;
    override readonly advice: string;

    constructor(stack: string, by: string | undefined, since: Date | undefined, options?: ErrorOptions) {
        super(
            `Stack ${stack} is locked by ${by ?? "another update"}${since ? ` since ${since.toISOString()}` : ""}.`,
            options,
        );
        this.stackName = stack;
        this.by = by;
        this.since = since;
        this.advice = `Wait for it to end. If it was killed and no longer runs, unlock() takes the lock away, or pulumi cancel --stack ${qualified(stack)} (of Pulumi Cloud, with your organization's name).`;
    }
}

/** A stack's name as Pulumi's command line takes it in any folder; backends in a folder or bucket know one organization. */
function qualified(stack: string): string {
    return stack.includes("/") ? stack : `organization/${projectName}/${stack}`;
}

/** Credentials are missing, expired or refused. */
export class CredentialsError extends StoryError {
    override readonly name = "CredentialsError";
    /** Which: AWS's, the Pulumi backend's, or those for the stack's secrets. */
    readonly of: "aws" | "backend" | "secrets";

    constructor(of: "aws" | "backend" | "secrets", reason: string, options?: ErrorOptions) {
        super(`${owners[of]} can't be used: ${reason}`, options);
        this.of = of;
    }

    override get advice(): string {
        return remedies[this.of];
    }
}

const owners = { aws: "The AWS credentials", backend: "The Pulumi backend", secrets: "The stack's secrets" };
const remedies = {
    aws: "Sign in to AWS (AWS_PROFILE, aws sso login, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) and try again.",
    backend: "Sign in (pulumi login, or PULUMI_ACCESS_TOKEN), or name another backend (PULUMI_BACKEND_URL).",
    secrets:
        "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the stack's passphrase, or sign in to the key service that encrypts them.",
};

/** One resource whose step failed. */
export interface ResourceFailure extends ResourceName {
    /** The engine's name of the step: `create`, `update`, `delete`, ... */
    step: string;
    reasons: string[];
    /** Its provider's output before: that of an image's build, for example. */
    output: string[];
}

/** How far a failed or cancelled operation came. */
export interface Account {
    /** The changes that were made, and are recorded in the stack's state. */
    done: ResourceChange[];
    /** The changes that were planned and not made. */
    notDone: ResourceChange[];
}

/** A provider (AWS, or an image's build) refused one or more resources. */
export class ProviderError extends StoryError {
    override readonly name = "ProviderError";
    readonly failures: readonly ResourceFailure[];
    readonly #account: Account;

    constructor(failures: readonly ResourceFailure[], account: Account, options?: ErrorOptions) {
        super(
            failures
                .map(({ step, name, type, reasons }) => `${step} ${name} (${type}): ${reasons.join("\n  ")}`.trim())
                .join("\n"),
            options,
        );
        this.failures = failures;
        this.#account = account;
    }

    /** How far it came. */
    get account(): Account {
        return this.#account;
    }

    override get advice(): string {
        return `Fix what the reasons name and run the operation again${continuing(this.#account)}`;
    }
}

/** The end of an advice: where a repeated run continues. */
function continuing({ done }: Account): string {
    return done.length > 0 ? ": what was done is recorded, and it continues from there." : ".";
}

/** The caller's signal stopped the operation. Steps that had begun were finished; the state is consistent. */
export class CancelledError extends StoryError {
    override readonly name = "CancelledError";
    readonly #account: Account;
    override readonly advice = "Nothing needs to be repaired: the next up continues from there.";

    constructor(what: string, account: Account, options?: ErrorOptions) {
        super(`${what} was cancelled: ${account.done.length} steps done, ${account.notDone.length} not.`, options);
        this.#account = account;
    }

    /** How far it came. */
    get account(): Account {
        return this.#account;
    }
}

/** A resource with data, or on which everything depends, that would have been deleted or replaced. */
export interface DataLoss extends ResourceChange {
    kind: "replace" | "delete";
    /** The cause, in words. */
    why: string;
}

/**
 * The operation would delete or replace a resource with data, or replace one on which everything depends (the VPC, the load
 * balancer, the distribution), and the caller did not name it. Nothing was changed.
 */
export class ProtectedDataError extends StoryError {
    override readonly name = "ProtectedDataError";
    readonly refused: readonly DataLoss[];
    override readonly advice: string;

    constructor(stack: string, refused: readonly DataLoss[], advice: string) {
        super(
            `Stack ${stack} would lose ${refused.every(({ type }) => isFoundation(type)) ? "what it stands on" : "data"}:\n${refused.map(({ kind, name, type, why }) => `  ${kind} ${name} (${type}): ${why}`).join("\n")}`,
        );
        this.refused = refused;
        this.advice = advice;
    }
}

/** There is no such stack in the backend. */
export class NoSuchStackError extends StoryError {
    override readonly name = "NoSuchStackError";
    override readonly advice =
        "Check the name and the backend (pulumi stack ls --all), or make the stack: pulumi stack init, and its settings.";

    constructor(stack: string, options?: ErrorOptions) {
        super(`There is no stack ${stack}.`, options);
    }
}

/** Pulumi's command line or the project's folder is missing or unusable. */
export class SetUpError extends StoryError {
    override readonly name = "SetUpError";
    override readonly advice: string;

    constructor(message: string, advice: string, options?: ErrorOptions) {
        super(message, options);
        this.advice = advice;
    }
}

/** The engine or the program failed in another way; the message is its own. */
export class EngineError extends StoryError {
    override readonly name = "EngineError";
    readonly #account: Account;

    constructor(message: string, account: Account, options?: ErrorOptions) {
        super(message, options);
        this.#account = account;
    }

    /** How far it came. */
    get account(): Account {
        return this.#account;
    }

    override get advice(): string {
        return `The message is the engine's own. Fix the cause and run it again${continuing(this.#account)}`;
    }
}
