import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Change } from "../../automation/engine/changes.ts";
import { isComponent, Progress } from "../../automation/engine/progress.ts";
import { allExist, unsureIn } from "../../automation/takeOver/takeOver.ts";
import { duration, type Screen } from "../lib/screen.ts";

/** A deployment did not come to its end. */
export class DeploymentError extends Error {
    override readonly name = "DeploymentError";
}

/** How a deployment runs. */
export interface DeployOptions {
    stack: Stack;
    screen: Screen;
    signal: AbortSignal;
    /** Resources that are made anew though nothing asks for it, by URN. */
    replace?: string[];
    /** Called again and again while a deployment waits for something that takes its time. */
    whileWaiting?: () => void;
}

/** Below this a resource is not named while it is worked on. */
const SLOW_MS = 2000;

/** What would change: the engine's preview, which also builds the images. */
export async function previewChanges({ stack, screen, signal, replace }: DeployOptions): Promise<Progress> {
    const step = screen.step("Preview");
    const progress = new Progress();
    const show = showing(progress, undefined, step.progress);
    try {
        await stack.preview({ onEvent: (event) => progress.see(event), color: "never", signal, replace });
        step.done(inWords(progress.begun.values(), toDo) || "nothing to change");
        return progress;
    } catch (error) {
        step.failed(signal.aborted ? "stopped" : "failed");
        throw failureOf("Preview", progress, undefined, signal, error);
    } finally {
        clearInterval(show);
    }
}

/**
 * Makes what is to change so; what the emulator has already is taken over, and the rest made then.
 *
 * @param planned what a preview said, where there was one
 * @param takeOver takes over what the emulator may have though the run failed to make it, and says what that was
 */
export async function applyChanges(
    planned: Progress | undefined,
    options: DeployOptions,
    takeOver: (failed: Progress) => Promise<readonly unknown[] | undefined>,
): Promise<void> {
    for (let plan = planned; ; plan = await previewChanges(options)) {
        const seen = new Progress();
        try {
            return await deployOnce(plan, options, seen);
        } catch (error) {
            if (unsureIn(seen, "everything").length === 0) {
                throw error;
            }
            // Where it can't be looked for, as without the emulator, the run's own error says more.
            const taken = await takeOver(seen).catch(() => undefined);
            if (!(taken?.length && allExist(seen))) {
                throw error;
            }
            // Each round takes over something: it comes to an end.
        }
    }
}

async function deployOnce(plan: Progress | undefined, options: DeployOptions, seen: Progress): Promise<void> {
    const { stack, screen, signal, replace, whileWaiting } = options;
    const run = (tell: (event: EngineEvent) => void) => {
        const onEvent = (event: EngineEvent) => {
            seen.see(event);
            tell(event);
        };
        return stack.up({ onEvent, color: "never", signal, replace });
    };
    await follow(DEPLOYMENT, plan, screen, signal, run, whileWaiting);
}

/** Brings the stack's state to what the emulator has. */
export async function refreshState({ stack, screen, signal }: DeployOptions): Promise<void> {
    const progress = new Progress();
    const refresh = (onEvent: (event: Parameters<Progress["see"]>[0]) => void) =>
        stack.refresh({
            onEvent: (event) => {
                progress.see(event);
                onEvent(event);
            },
            color: "never",
            signal,
        });
    try {
        await follow(REFRESH, undefined, screen, signal, refresh);
    } catch (error) {
        const failures = progress.failures();
        const gone = failures.filter(({ reasons }) => reasons.some((reason) => reason.includes(GONE)));
        if (gone.length === 0 || gone.length < failures.length) {
            throw error;
        }
        screen.line(`${gone.length} of them are gone as well: the provider can't say so of their types.`);
        await forget(stack, new Set(gone.map(({ urn }) => urn)));
    }
}

/**
 * How the provider's framework ends the reading of some types when the resource is gone: it looks for an identity, which
 * Pulumi keeps none of (terraform-plugin-framework, internal/fwserver/server_readresource.go).
 */
const GONE = "Missing Resource Identity After Read";

/** Takes resources out of the stack's state. */
async function forget(stack: Stack, urns: ReadonlySet<string>): Promise<void> {
    const state = await stack.exportStack();
    const resources: { urn: string }[] = state.deployment.resources;
    state.deployment.resources = resources.filter(({ urn }) => !urns.has(urn));
    await stack.importStack(state);
}

async function follow(
    title: string,
    planned: Progress | undefined,
    screen: Screen,
    signal: AbortSignal,
    run: (onEvent: (event: Parameters<Progress["see"]>[0]) => void) => Promise<unknown>,
    whileWaiting?: () => void,
): Promise<void> {
    const step = screen.step(title);
    const progress = new Progress();
    const show = showing(progress, planned?.begun.size, step.progress, whileWaiting);
    try {
        await run((event) => progress.see(event));
        step.done(summary(progress, title === REFRESH));
        if (title !== REFRESH) {
            nameChanges(progress, screen);
        }
    } catch (error) {
        step.failed(summary(progress, title === REFRESH));
        throw failureOf(title, progress, planned, signal, error);
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

const DEPLOYMENT = "Deployment";
const REFRESH = "Refresh";
/** What a refresh calls a resource that is gone, or that somebody else changed. */
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

function summary({ done, failed }: Progress, isRefresh: boolean): string {
    const counted = inWords(done.values(), isRefresh ? found : words);
    const parts = [...(counted ? [counted] : []), ...(failed.size > 0 ? [`${failed.size} failed`] : [])];
    return parts.join(", ") || (isRefresh ? "nothing differs" : "nothing to do");
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

/** Changes that a person can take in at a glance are named. */
const FEW = 12;

function nameChanges({ done }: Progress, screen: Screen): void {
    const changes = [...done.values()].filter((change) => words[change.op] !== "" && !isComponent(change));
    for (const change of changes.length <= FEW ? changes : []) {
        screen.line(`  ${words[change.op] ?? change.op} ${nameOf(change)}`);
    }
}

/** What a person needs to know of a deployment that did not come to its end. */
function failureOf(
    title: string,
    progress: Progress,
    plan: Progress | undefined,
    signal: AbortSignal,
    error: unknown,
): DeploymentError {
    const cause = { cause: error };
    const of = plan ? ` of ${plan.begun.size}` : "";
    const made = title === DEPLOYMENT ? ` ${progress.done.size}${of} changes are made, and recorded.` : "";
    if (signal.aborted) {
        return new DeploymentError(`${title} was stopped.${made}`, cause);
    }
    const lines = [`${title} failed.`];
    const failures = progress.failures();
    for (const message of progress.errors) {
        lines.push(`  ${message.replaceAll("\n", "\n  ")}`);
    }
    for (const failure of failures) {
        lines.push(`  ${`${failure.op} ${nameOf(failure)}`.trim()}: ${failure.reasons.join("\n      ")}`);
        lines.push(...progress.outputOf(failure.urn).map((line) => `      ${line}`));
    }
    if (progress.errors.length === 0 && failures.length === 0) {
        lines.push(`  ${(error as Error).message}`);
    }
    if (made) {
        lines.push(`${made.trim()} Fix what failed and run the command again: it continues from there.`);
    }
    if (lines.some((line) => /no space left on device|ENOSPC/.test(line))) {
        lines.push("The disk is full. Make room before you run the command again.");
    }
    return new DeploymentError(lines.join("\n"), cause);
}

function nameOf({ type, name }: Change): string {
    return `${name} (${type})`;
}
