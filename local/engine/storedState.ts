/** What the backend keeps of the stack, read from its file: asking Pulumi's command line takes half a second each time. */
import { existsSync, readFileSync } from "node:fs";
import { runtime } from "@pulumi/pulumi";
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import { isUnread } from "../../automation/takeOver/takeOver.ts";
import { statePath } from "./recovery.ts";
import { stackFile } from "./stack.ts";

/** A resource as the state has it; secrets are encrypted. */
export interface StoredResource {
    urn: string;
    type: string;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
}

export interface StoredState {
    resources: StoredResource[];
    /** Whether a deployment was cut off while it made, changed or deleted something. */
    interrupted: boolean;
}

/** The state of a local cloud's stack; an empty one before the first deployment. */
export function storedState(stateDir: string): StoredState {
    const path = statePath(stateDir, stackFile);
    const { checkpoint } = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { checkpoint: undefined };
    const { resources = [], pending_operations: pending = [] } = checkpoint?.latest ?? {};
    return { resources, interrupted: pending.length > 0 || resources.some(isUnread) };
}

/** The stack's outputs; of one that is secret, only that it is. */
export function outputsOf({ resources }: StoredState): OutputMap {
    const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    return Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => {
            const secret = Boolean(runtime.isRpcSecret(value));
            return [name, { value: secret ? "[secret]" : value, secret }];
        }),
    );
}
