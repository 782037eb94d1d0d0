import type { Stack } from "@pulumi/pulumi/automation/index.js";

/**
 * A stack whose runs end with the engine's own: after each, the SDK reads the outputs and the history by three more commands
 * of Pulumi, which take a second. Who follows a run's events has no use for them.
 */
export function eventsOnly(stack: Stack): Stack {
    const unread: Pick<Stack, "outputs" | "info"> = {
        outputs: async () => ({}),
        info: async () => undefined,
    };
    return Object.assign(Object.create(stack), unread);
}
