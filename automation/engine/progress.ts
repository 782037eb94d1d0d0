import type { EngineEvent, StepEventMetadata, StepEventStateMetadata } from "@pulumi/pulumi/automation/index.js";
import { type Change, propertyChanges, type ResourceName } from "./changes.ts";

/** A change that failed. */
export interface Failure extends Change {
    reasons: string[];
}

const QUIET = new Set(["same", "read", "refresh", "read-discard", "discard-replaced", "remove-pending-replace"]);
const OUTPUT_LINES = 30;

/** Follows a run of the engine by its events. */
export class Progress {
    /** All planned or begun changes. */
    readonly begun = new Map<string, Change>();
    /** Finished changes. */
    readonly done = new Map<string, Change>();
    readonly failed = new Map<string, Change>();
    /** The would-be state of resources whose creation failed; secrets are hidden. */
    readonly notMade = new Map<string, StepEventStateMetadata>();
    /** Unchanged resources. */
    readonly same = new Map<string, Change>();
    /** Errors that belong to no resource: the program's own, for example. */
    readonly errors: string[] = [];
    readonly #running = new Map<string, { change: Change; since: number }>();
    readonly #reasons = new Map<string, string[]>();
    readonly #output = new Map<string, string[]>();

    /**
     * Processes one event.
     *
     * @returns the step that the event finishes, if that step changes something
     */
    see(event: EngineEvent): Change | undefined {
        if (event.resourcePreEvent) {
            this.#begin(event.resourcePreEvent.metadata);
        } else if (event.resOutputsEvent) {
            return this.#done(event.resOutputsEvent.metadata);
        } else if (event.resOpFailedEvent) {
            this.#failed(event.resOpFailedEvent.metadata);
        } else if (event.diagnosticEvent) {
            const { urn, message, severity } = event.diagnosticEvent;
            this.#say(urn, plain(message), severity);
        }
        return undefined;
    }

    /** The running steps, the longest first. */
    running(): { change: Change; ms: number }[] {
        const now = Date.now();
        return [...this.#running.values()]
            .map(({ change, since }) => ({ change, ms: now - since }))
            .sort((a, b) => b.ms - a.ms);
    }

    /** The failed changes, with the reasons from the engine and the providers. */
    failures(): Failure[] {
        const named = [...this.#reasons.keys()].filter((urn) => !this.failed.has(urn));
        const unnamed = named.map((urn) => ({ ...nameOf(urn), op: "", properties: [] }));
        return [...this.failed.values(), ...unnamed].map((change) => ({
            ...change,
            reasons: [...(this.#reasons.get(change.urn) ?? ["the provider gave no reason"])],
        }));
    }

    /** A resource's diagnostic output before it failed: that of a build, for example. */
    outputOf(urn: string): string[] {
        return this.#output.get(urn) ?? [];
    }

    #begin(metadata: StepEventMetadata): void {
        const change = stepOf(metadata);
        if (!QUIET.has(metadata.op)) {
            this.begun.set(key(change), change);
            this.#running.set(key(change), { change, since: Date.now() });
        } else if (metadata.op === "same") {
            this.same.set(change.urn, change);
        }
    }

    #done(metadata: StepEventMetadata): Change | undefined {
        const change = stepOf(metadata);
        this.#running.delete(key(change));
        if (metadata.op === "same") {
            // In a refresh, only the result of a step has this operation.
            this.same.set(change.urn, change);
        }
        if (QUIET.has(metadata.op)) {
            return undefined;
        }
        this.done.set(key(change), change);
        return change;
    }

    #failed(metadata: StepEventMetadata): void {
        const change = stepOf(metadata);
        this.#running.delete(key(change));
        this.failed.set(change.urn, change);
        if (metadata.new && /^create/.test(metadata.op)) {
            this.notMade.set(change.urn, metadata.new);
        }
    }

    #say(urn: string | undefined, message: string, severity: string): void {
        const isError = severity === "error";
        if (urn && !urn.includes("pulumi:pulumi:Stack")) {
            const lines = isError ? this.#reasons : this.#output;
            const kept = [...(lines.get(urn) ?? []), ...message.trimEnd().split("\n")];
            lines.set(urn, kept.slice(-OUTPUT_LINES));
        } else if (isError && message && !/^(update|preview|refresh|destroy) failed$/.test(message)) {
            this.errors.push(message);
        }
    }
}

/** The type and name in a URN, which has the chain of its parents' types. */
export function nameOf(urn: string): ResourceName {
    const [, , types = "", ...name] = urn.split("::");
    return { urn, type: types.split("$").pop() ?? types, name: name.join("::") };
}

function stepOf(metadata: StepEventMetadata): Change {
    return { ...nameOf(metadata.urn), op: metadata.op, properties: propertyChanges(metadata) };
}

/** A replacement is several operations on one resource. */
function key(change: Change): string {
    return `${change.op} ${change.urn}`;
}

function plain(message: string): string {
    return message.replaceAll(/<\{%.*?%\}>/g, "").trimEnd();
}

/** Whether a resource is a component, which is never slow itself: only its children are. */
export function isComponent({ type }: ResourceName): boolean {
    return /^(story42:|awsx:|pulumi:pulumi:)/.test(type);
}
