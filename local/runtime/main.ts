/** The process that runs a deployment; its argument names the file of its settings. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { allowLostOutput } from "../../standins/lostOutput.ts";
import { stackSchema, startRuntime } from "./runtime.ts";
import { LIVE_UPSTREAMS, upstreamsSchema } from "./upstreamSettings.ts";

const optionsSchema = z.object({
    endpoint: z.string(),
    region: z.string(),
    outputs: stackSchema,
    stateDir: z.string(),
    upstreams: upstreamsSchema,
    live: z.array(z.enum(LIVE_UPSTREAMS)),
    /** The fingerprint of the person's keys; a change restarts the runtime. */
    keys: z.string(),
    containers: z.boolean(),
    port: z.int(),
    awsPort: z.int(),
    functionsPort: z.int(),
    functionsSecret: z.string(),
});
export type RuntimeFile = z.infer<typeof optionsSchema>;

allowLostOutput();
const [file = ""] = process.argv.slice(2);
const options = optionsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
// Signals are handled before the start, so that a runtime stopped meanwhile leaves no processes.
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => stop.abort());
}
const runtime = await startRuntime({ ...options, signal: stop.signal }).catch((error: Error) => {
    console.error(stop.signal.aborted ? "Stopped while it started." : error.message);
    process.exit(1);
});
console.log(`Everything runs at ${runtime.url}`);
stop.signal.addEventListener("abort", () => void runtime.stop().then(() => process.exit(0)));
