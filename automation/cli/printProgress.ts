import type { StoryEvent } from "../index.ts";
import { say } from "./terminal.ts";

/** Prints an operation's progress to stderr: a line for each step that is done or slow. */
export function printProgress(event: StoryEvent): void {
    const line = lineOf(event);
    if (line !== undefined) {
        say(line);
    }
}

function lineOf(event: StoryEvent): string | undefined {
    switch (event.kind) {
        case "started":
            return `${event.operation} of ${event.stack}${event.total === undefined ? "" : `: ${event.total} steps`}`;
        case "resource": {
            // A preview's steps are printed as its result.
            if (event.operation === "preview") {
                return undefined;
            }
            const { step, name, type } = event.resource;
            return `  ${event.done}/${event.total} ${step} ${name} (${type})`;
        }
        case "slow":
            return `  ${event.resource.step} ${event.resource.name} has taken ${seconds(event.ms)} so far`;
        case "takenOver": {
            const { name, type, id } = event.resource;
            return `  took over ${name} (${type}): ${id} had been made by a run that was cut off`;
        }
        case "finished":
            return `${event.operation} of ${event.stack} ${event.outcome} after ${seconds(event.ms)}`;
    }
}

function seconds(ms: number): string {
    return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
