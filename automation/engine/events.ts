import type { ResourceName } from "./changes.ts";

/** What an engine does with a stack. */
export type Operation = "preview" | "up" | "refresh" | "destroy";

interface OfOperation {
    /** The stack's name. */
    stack: string;
    /** What runs; `up` and `destroy` begin with a preview of their own. */
    operation: Operation;
}

/** The engine begins. */
export interface StartedEvent extends OfOperation {
    kind: "started";
    /** How many steps there are, if known in advance: not in a preview. */
    total?: number;
}

/** A step on a resource is done. */
export interface ResourceEvent extends OfOperation {
    kind: "resource";
    /** The resource, and the engine's name of the step: `create`, `update`, `delete`, `create-replacement`, ... */
    resource: ResourceName & { step: string };
    /** Steps that are done. */
    done: number;
    /** Known steps: more may follow. */
    total: number;
}

/** A step takes long; repeated each time the same time has passed again. */
export interface SlowEvent extends OfOperation {
    kind: "slow";
    resource: ResourceName & { step: string };
    /** Milliseconds that it has taken. */
    ms: number;
}

/** The engine has ended. */
export interface FinishedEvent extends OfOperation {
    kind: "finished";
    outcome: "succeeded" | "failed" | "cancelled";
    /** Milliseconds that it took. */
    ms: number;
}

/** A resource that an interrupted run created in AWS but did not record is now in the stack's state. */
export interface TakenOverEvent extends OfOperation {
    kind: "takenOver";
    /** The resource, and its id in AWS. */
    resource: ResourceName & { id: string };
}

/**
 * Progress of an operation, in order: one `started`, any number of `resource` and `slow`, one `finished`. After an
 * interrupted run, a refresh comes first, and a `takenOver` for each resource that was found.
 */
export type StoryEvent = StartedEvent | ResourceEvent | SlowEvent | FinishedEvent | TakenOverEvent;
