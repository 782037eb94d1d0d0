/** What the backend keeps of the stack, read from its file: asking Pulumi's command line takes half a second each time. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import { projectName } from "../../automation/workspace.ts";
import { stackName } from "./stack.ts";

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

/** The key that marks a secret, by Pulumi's SDK (`specialSigKey`). */
const MARK = "4dabf18193072939515e22adb298388d";

/** The state of a local cloud's stack; an empty one before the first deployment. */
export function storedState(stateDir: string): StoredState {
    const path = join(stateDir, "backend/.pulumi/stacks", projectName, `${stackName}.json`);
    const { checkpoint } = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { checkpoint: undefined };
    const { resources = [], pending_operations: pending = [] } = checkpoint?.latest ?? {};
    return { resources, interrupted: pending.length > 0 };
}

/** The stack's outputs; of one that is secret, only that it is. */
export function outputsOf({ resources }: StoredState): OutputMap {
    const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    return Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => {
            const secret = typeof value === "object" && value !== null && MARK in value;
            return [name, { value: secret ? "[secret]" : value, secret }];
        }),
    );
}
