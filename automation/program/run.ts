import { runtime } from "@pulumi/pulumi";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { stackOutputs } from "../../stacks/outputs.ts";
import type { StorySettings } from "../../stacks/settings.ts";
import { createStory42 } from "../../stacks/story42.ts";
import { dropDebugMessages } from "../engine/debugMessages.ts";
import { eventsOnly } from "../engine/eventsOnly.ts";
import { type EngineOptions, openEngine } from "../engine/workspace.ts";
import { type ExistingResource, programOfExisting, targetsOf } from "./importProgram.ts";
import { type Imports, importing } from "./imports.ts";

/** A run of the program with the engine; plain data, so that it can be sent to another process. */
export interface ProgramRun {
    operation: "preview" | "up";
    engineOptions: EngineOptions;
    settings: StorySettings;
    /** The folder of the built site. */
    siteContent: string;
    imports?: Imports;
    /** Protected types that may be replaced. Default: none. */
    replaceable?: readonly string[];
    /** Existing resources: runs a program that imports only these. */
    existing?: ExistingResource[];
    /** Folders of policy packs. */
    policyPacks?: readonly string[];
    /** Concurrent resource operations. Default: the engine's own. */
    parallel?: number;
}

/**
 * Runs the program in this process; there must be no other at the same time.
 *
 * @throws the program's error, or else that of the engine's command
 */
export async function runProgram(
    run: ProgramRun,
    onEvent: (event: EngineEvent) => void,
    signal: AbortSignal,
): Promise<void> {
    let thrown: unknown;
    const program = async () => {
        if (run.imports) {
            runtime.registerResourceTransform(importing(run.imports, run.replaceable ?? []));
        }
        try {
            return stackOutputs(createStory42(run.settings, run.siteContent));
        } catch (error) {
            thrown = error;
            throw error;
        }
    };
    dropDebugMessages();
    const engine = await openEngine(run.engineOptions, true, run.existing ? programOfExisting(run.existing) : program);
    const stack = eventsOnly(engine);
    const target = run.existing && targetsOf(run.existing);
    const policyPacks = run.policyPacks && [...run.policyPacks];
    const options = { onEvent, signal, color: "never", parallel: run.parallel, policyPacks, target } as const;
    try {
        await (run.operation === "preview" ? stack.preview(options) : stack.up(options));
    } catch (error) {
        throw thrown ?? error;
    }
}
