import type { Stack } from "@pulumi/pulumi/automation/index.js";
import type { Change } from "../../automation/engine/changes.ts";
import type { Operation } from "../../automation/engine/events.ts";
import { eventsOnly } from "../../automation/engine/eventsOnly.ts";
import { follow } from "../../automation/engine/follow.ts";
import { isComponent, Progress } from "../../automation/engine/progress.ts";
import { CancelledError, EngineError, ProviderError } from "../../automation/errors.ts";
import { retryTakingOver } from "../../automation/takeOver/retryTakingOver.ts";
import { duration, type Screen } from "../lib/screen.ts";
import { stackName } from "./stack.ts";

/** A deployment failed or was stopped. */
export class DeploymentError extends Error {
    override readonly name = "DeploymentError";
}

/** How a deployment runs. */
export interface DeployOptions {
    stack: Stack;
    screen: Screen;
    signal: AbortSignal;
    /** The URNs of resources to replace although the program does not change them. */
    replace?: string[];
    /** Called repeatedly while a deployment waits for slow resources. */
    whileWaiting?: () => void;
}

/** A resource that takes longer than this is named in the progress. */
const SLOW_MS = 2000;

/** What would change: the engine's preview, which also builds the images. */
export async function previewChanges(options: DeployOptions): Promise<Progress> {
    const { stack, replace } = options;
    return await onScreen("Preview", options, {
        operation: "preview",
        run: (onEvent, signal) => stack.preview({ onEvent, color: "never", signal, replace }),
        outcome: ({ begun }) => inWords(begun.values(), toDo) || "nothing to change",
    });
}

/**
 * Applies the changes. Resources that exist in the emulator already are taken over, and the deployment is run again.
 *
 * @param planned the result of the preview, if there was one
 * @param takeOver takes over resources that exist although the run failed to create them, and returns them
 */
export async function applyChanges(
    planned: Progress | undefined,
    options: DeployOptions,
    takeOver: (failed: Progress) => Promise<readonly unknown[] | undefined>,
): Promise<void> {
    const { stack, screen, replace } = options;
    let rounds = 0;
    const progress = await retryTakingOver(
        async (seen) =>
            await onScreen("Deployment", options, {
                operation: "up",
                seen,
                planned: rounds++ === 0 ? planned : await previewChanges(options),
                run: (onEvent, signal) => eventsOnly(stack).up({ onEvent, color: "never", signal, replace }),
                outcome: (progress) => summary(progress, words) || "nothing to do",
            }),
        "everything",
        takeOver,
    );
    nameChanges(progress, screen);
}

/** Brings the stack's state to what the emulator has. */
export async function refreshState(options: DeployOptions): Promise<void> {
    const { stack, screen } = options;
    try {
        await onScreen("Refresh", options, {
            operation: "refresh",
            run: (onEvent, signal) => eventsOnly(stack).refresh({ onEvent, color: "never", signal }),
            outcome: (progress) => summary(progress, found) || "nothing differs",
        });
    } catch (error) {
        const { cause } = error as DeploymentError;
        const failures = cause instanceof ProviderError ? cause.failures : [];
        const gone = failures.filter(({ reasons }) => reasons.some((reason) => reason.includes(MISSING_IDENTITY)));
        if (gone.length === 0 || gone.length < failures.length) {
            throw error;
        }
        screen.line(`${gone.length} of them are gone as well: the provider can't say so of their types.`);
        await forget(stack, new Set(gone.map(({ urn }) => urn)));
    }
}

/**
 * The error of the provider's framework when it reads a resource of some types that is gone: it requires an identity,
 * which Pulumi does not store (terraform-plugin-framework, internal/fwserver/server_readresource.go).
 */
const MISSING_IDENTITY = "Missing Resource Identity After Read";

/** Removes resources from the stack's state. */
async function forget(stack: Stack, urns: ReadonlySet<string>): Promise<void> {
    const state = await stack.exportStack();
    const resources: { urn: string }[] = state.deployment.resources;
    state.deployment.resources = resources.filter(({ urn }) => !urns.has(urn));
    await stack.importStack(state);
}

/** One run of the engine, shown on the screen. */
interface Run {
    operation: Operation;
    /** The result of the preview, if there was one. */
    planned?: Progress;
    /** Collects the engine's events. Default: a new one. */
    seen?: Progress;
    run: Parameters<typeof follow>[0]["run"];
    /** The result in words. */
    outcome(progress: Progress): string;
}

/** @throws {DeploymentError} whose cause is the driver's error */
async function onScreen(title: string, options: DeployOptions, run: Run): Promise<Progress> {
    const { screen, signal, whileWaiting } = options;
    const { operation, planned, seen = new Progress(), outcome } = run;
    const step = screen.step(title);
    const show = showing(seen, planned?.begun.size, step.progress, operation === "preview" ? undefined : whileWaiting);
    try {
        await follow({
            stack: stackName,
            operation,
            planned,
            progress: seen,
            options: { signal },
            run: run.run,
        });
        step.done(outcome(seen));
        return seen;
    } catch (error) {
        step.failed(operation === "preview" ? (signal.aborted ? "stopped" : "failed") : outcome(seen));
        throw deploymentError(title, error as Error, planned !== undefined);
    } finally {
        clearInterval(show);
    }
}

function showing(
    progress: Progress,
    total: number | undefined,
    show: (text: string) => void,
    whileWaiting?: () => void,
): NodeJS.Timeout {
    const timer = setInterval(() => {
        const slow = progress.running().filter(({ change, ms }) => ms >= SLOW_MS && !isComponent(change));
        const names = slow.slice(0, 3).map(({ change, ms }) => `${change.name} ${duration(ms)}`);
        const count = `${progress.done.size} of ${Math.max(total ?? 0, progress.begun.size)} resources`;
        show([count, ...names].join(", "));
        if (names.length > 0) {
            whileWaiting?.();
        }
    }, 100);
    timer.unref();
    return timer;
}

/** The words of a refresh for a resource that is gone, or was changed outside of Pulumi. */
const found: Record<string, string> = { delete: "gone", update: "changed" };
const toDo: Record<string, string> = {
    create: "to create",
    "create-replacement": "to replace",
    update: "to update",
    delete: "to delete",
    "delete-replaced": "",
    replace: "",
    import: "to import",
};
const words: Record<string, string> = {
    create: "created",
    "create-replacement": "replaced",
    update: "updated",
    delete: "deleted",
    "delete-replaced": "",
    replace: "",
    import: "imported",
};

function summary({ done, failed }: Progress, byOperation: Record<string, string>): string {
    const counted = inWords(done.values(), byOperation);
    return [...(counted ? [counted] : []), ...(failed.size > 0 ? [`${failed.size} failed`] : [])].join(", ");
}

/** How many changes of each kind there are; a replacement counts once. */
function inWords(changes: Iterable<Change>, byOperation: Record<string, string>): string {
    const counts = new Map<string, number>();
    for (const { op } of changes) {
        const word = byOperation[op] ?? op;
        counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    counts.delete("");
    return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}

/** More changes than these are counted, not named. */
const MAX_NAMED_CHANGES = 12;

function nameChanges({ done }: Progress, screen: Screen): void {
    const changes = [...done.values()].filter((change) => words[change.op] !== "" && !isComponent(change));
    for (const change of changes.length <= MAX_NAMED_CHANGES ? changes : []) {
        screen.line(`  ${words[change.op] ?? change.op} ${nameOf(change)}`);
    }
}

/** The error of a deployment that failed or was stopped, with its reasons and what to do. */
function deploymentError(title: string, error: Error, isPlanned: boolean): DeploymentError {
    const cause = { cause: error };
    const made = title === "Deployment" ? madeBefore(error, isPlanned) : "";
    if (error instanceof CancelledError) {
        return new DeploymentError(`${title} was stopped.${made && ` ${made}`}`, cause);
    }
    const lines = [`${title} failed.`];
    if (error instanceof ProviderError) {
        for (const { step, name, type, reasons, output } of error.failures) {
            lines.push(`  ${`${step} ${name} (${type})`.trim()}: ${reasons.join("\n      ")}`);
            lines.push(...output.map((line) => `      ${line}`));
        }
    } else {
        lines.push(`  ${error.message.replaceAll("\n", "\n  ")}`);
    }
    if (made) {
        lines.push(`${made} Fix what failed and run the command again: it continues from there.`);
    }
    if (lines.some((line) => /no space left on device|ENOSPC/.test(line))) {
        lines.push("The disk is full. Make room before you run the command again.");
    }
    return new DeploymentError(lines.join("\n"), cause);
}

/** The number of changes that an incomplete run made. */
function madeBefore(error: Error, isPlanned: boolean): string {
    if (!(error instanceof ProviderError || error instanceof EngineError || error instanceof CancelledError)) {
        return "";
    }
    const { done, notDone } = error.account;
    return `${done.length}${isPlanned ? ` of ${done.length + notDone.length}` : ""} changes are made, and recorded.`;
}

function nameOf({ type, name }: Change): string {
    return `${name} (${type})`;
}
