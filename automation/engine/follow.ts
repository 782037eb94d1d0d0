import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { CancelledError } from "../errors.ts";
import type { Change } from "./changes.ts";
import type { Operation, StoryEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { isComponent, Progress } from "./progress.ts";

/** Options to follow an operation and to stop it. */
export interface FollowOptions {
    /** Stops cleanly: running steps finish, no other begins. */
    signal?: AbortSignal;
    /** Gets the events. Its errors do not stop the operation: the first of a run is passed to `process.emitWarning`. */
    onEvent?(event: StoryEvent): void;
    /** Milliseconds after which a step is slow. Default: 30 000. */
    slowMs?: number;
    /** @internal Gets the engine's own events. */
    onEngineEvent?(event: EngineEvent): void;
}

/** One run of the engine to follow. */
interface Followed {
    stack: string;
    operation: Operation;
    options: FollowOptions;
    /** The number of steps, if known. */
    total?: number;
    /** The plan of the preview. */
    planned?: Progress;
    /** Collects the engine's events, also of a run that fails. Default: a new one. */
    progress?: Progress;
    run(onEvent: (event: EngineEvent) => void, signal: AbortSignal): Promise<unknown>;
}

/**
 * Runs the engine and passes events to the caller.
 *
 * @throws one of the driver's errors
 */
export async function follow({
    stack,
    operation,
    options,
    total,
    planned,
    progress = new Progress(),
    run,
}: Followed): Promise<Progress> {
    const { signal = new AbortController().signal, slowMs = 30_000 } = options;
    const began = Date.now();
    const emit = safeListener(options);
    const base = { stack, operation };
    const count = () => ({
        done: progress.done.size,
        total: Math.max(total ?? 0, progress.begun.size, progress.done.size),
    });
    const finish = (outcome: "succeeded" | "failed" | "cancelled") =>
        emit({ kind: "finished", ...base, outcome, ms: Date.now() - began });
    const reported = new Map<Change, number>();
    const watch = setInterval(
        () => {
            for (const { change, ms } of progress.running()) {
                const times = Math.floor(ms / slowMs);
                if (times > (reported.get(change) ?? 0) && !isComponent(change)) {
                    reported.set(change, times);
                    emit({ kind: "slow", ...base, resource: stepOf(change), ms });
                }
            }
        },
        Math.min(slowMs, 1000),
    );
    if (signal.aborted) {
        clearInterval(watch);
        throw new CancelledError(`${operation} of ${stack}`, { done: [], notDone: [] }, { cause: signal.reason });
    }
    emit({ kind: "started", ...base, total });
    try {
        await run((event) => {
            options.onEngineEvent?.(event);
            const done = progress.see(event);
            if (done) {
                emit({ kind: "resource", ...base, resource: stepOf(done), ...count() });
            }
        }, signal);
        finish("succeeded");
        return progress;
    } catch (error) {
        finish(signal.aborted ? "cancelled" : "failed");
        throw failureOf({ stack, operation, progress, planned, cancelled: signal.aborted, error });
    } finally {
        clearInterval(watch);
    }
}

/** Wraps `onEvent` so that its errors become a warning. */
export function safeListener({ onEvent }: FollowOptions): (event: StoryEvent) => void {
    let warned = false;
    const warn = ({ stack, operation }: StoryEvent, error: unknown) => {
        if (!warned) {
            warned = true;
            const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
            process.emitWarning(`onEvent failed in ${operation} of ${stack}, which goes on: ${why}`, "StoryWarning");
        }
    };
    return (event) => {
        try {
            const result: unknown = onEvent?.(event);
            if (result instanceof Promise) {
                result.catch((error) => warn(event, error));
            }
        } catch (error) {
            warn(event, error);
        }
    };
}

function stepOf({ urn, type, name, op }: Change) {
    return { urn, type, name, step: op };
}
