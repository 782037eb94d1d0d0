/** The stack's state, read from the backend's file: asking Pulumi's command line takes half a second each time. */
import { runtime } from "@pulumi/pulumi";
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import { isUnread } from "../../automation/takeOver/takeOver.ts";
import { readJson } from "../lib/files.ts";
import { statePath } from "./keptState.ts";
import { stackFile } from "./stack.ts";

/** A resource of the state; its secrets are encrypted. */
export interface StoredResource {
    urn: string;
    type: string;
    id?: string;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
}

export interface StoredState {
    resources: StoredResource[];
    /** Whether a deployment was interrupted while it created, changed or deleted a resource. */
    interrupted: boolean;
}

interface Latest {
    resources?: StoredResource[];
    pending_operations?: unknown[];
}

/** The state of a local cloud's stack; empty before the first deployment, or when it can't be read. */
export function storedState(stateDir: string): StoredState {
    const state = readJson<{ checkpoint?: { latest?: Latest } }>(statePath(stateDir, stackFile));
    const { resources = [], pending_operations: pending = [] } = state?.checkpoint?.latest ?? {};
    return { resources, interrupted: pending.length > 0 || resources.some(isUnread) };
}

/** The stack's outputs; the values of secret ones are left out. */
export function outputsOf({ resources }: StoredState): OutputMap {
    const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    return Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => {
            const secret = Boolean(runtime.isRpcSecret(value));
            return [name, { value: secret ? "[secret]" : value, secret }];
        }),
    );
}
