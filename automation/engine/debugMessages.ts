import log from "@pulumi/pulumi/log/index.js";

/**
 * Drops the debug messages of Pulumi's SDK in this process, for programs whose engine's events are followed. The SDK sends
 * four for each resource, each after the answer to the one before, and they return as events that nobody reads.
 */
export function dropDebugMessages(): void {
    log.debug = async () => {};
}
