import { once } from "node:events";
import { join } from "node:path";
import { execa } from "execa";
import type { Tool } from "../tools/tool.ts";

/** A plugin that runs before the engine needs it; the engine starts its plugins one after the other. */
export interface StartedPlugin {
    /** Resolves to the engine's variable by which it uses this process; to none when the plugin could not be started. */
    variables: Promise<Record<string, string>>;
    /** Resolves when it has ended. */
    stop(): Promise<unknown>;
}

/** Starts a plugin that only makes components, so that one process serves all runs of the engine. */
export function startPlugin(name: string, { folder, file }: Tool, env: Record<string, string>): StartedPlugin {
    const plugin = execa(join(folder, file), { env, stdin: "ignore", stderr: "ignore", reject: false });
    const port = Promise.race([
        once(plugin.stdout, "data").then(([line]) => Number(line)),
        plugin.then(() => undefined),
    ]);
    return {
        variables: port.then((at): Record<string, string> => (at ? { PULUMI_DEBUG_PROVIDERS: `${name}:${at}` } : {})),
        stop() {
            plugin.kill();
            return plugin;
        },
    };
}
