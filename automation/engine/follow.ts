import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { CancelledError } from "../errors.ts";
import type { Change } from "./changes.ts";
import type { Operation, StoryEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { isComponent, Progress } from "./progress.ts";

/** How a caller follows an operation and stops it. */
export interface FollowOptions {
    /** Stops cleanly: steps that have begun come to their end, no other begins. */
    signal?: AbortSignal;
    /** Told what happens. What it throws, or rejects with, stops nothing: `process.emitWarning` tells it, once a run. */
    onEvent?(event: StoryEvent): void;
    /** Milliseconds after which a step is slow. Default: 30 000. */
    slowMs?: number;
    /** @internal The engine's own events, as they come. */
    onEngineEvent?(event: EngineEvent): void;
}

/** One run of the engine, to be followed. */
interface Followed {
    stack: string;
    operation: Operation;
    options: FollowOptions;
    /** Steps to take, where that is known. */
    total?: number;
    /** What a preview said would be done. */
    planned?: Progress;
    run(onEvent: (event: EngineEvent) => void, signal: AbortSignal): Promise<unknown>;
}

/**
 * Runs the engine and tells what happens.
 *
 * @throws one of the driver's errors
 */
export async function follow({ stack, operation, options, total, planned, run }: Followed): Promise<Progress> {
    const { signal = new AbortController().signal, slowMs = 30_000 } = options;
    const progress = new Progress();
    const began = Date.now();
    const tell = telling(options);
    const of = { stack, operation };
    const count = () => ({
        done: progress.done.size,
        total: Math.max(total ?? 0, progress.begun.size, progress.done.size),
    });
    const finish = (outcome: "succeeded" | "failed" | "cancelled") =>
        tell({ kind: "finished", ...of, outcome, ms: Date.now() - began });
    const told = new Map<Change, number>();
    const watch = setInterval(
        () => {
            for (const { change, ms } of progress.running()) {
                const times = Math.floor(ms / slowMs);
                if (times > (told.get(change) ?? 0) && !isComponent(change)) {
                    told.set(change, times);
                    tell({ kind: "slow", ...of, resource: stepOf(change), ms });
                }
            }
        },
        Math.min(slowMs, 1000),
    );
    if (signal.aborted) {
        clearInterval(watch);
        throw new CancelledError(`${operation} of ${stack}`, { done: [], notDone: [] }, { cause: signal.reason });
    }
    tell({ kind: "started", ...of, total });
    try {
        await run((event) => {
            options.onEngineEvent?.(event);
            const done = progress.see(event);
            if (done) {
                tell({ kind: "resource", ...of, resource: stepOf(done), ...count() });
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

/** Tells a caller of events, whatever the caller does with them. */
export function telling({ onEvent }: FollowOptions): (event: StoryEvent) => void {
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
            const told: unknown = onEvent?.(event);
            if (told instanceof Promise) {
                told.catch((error) => warn(event, error));
            }
        } catch (error) {
            warn(event, error);
        }
    };
}

function stepOf({ urn, type, name, op }: Change) {
    return { urn, type, name, step: op };
}
