/** The time that functions add to that of their upstreams, measured with the text function, which makes the most calls. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { startUpstreams } from "../standins/upstreams/server.ts";
import { startEmulator } from "../tests/kit/agent/dependencies.ts";
import { makeWorld } from "../tests/kit/agent/world.ts";
import { bundle } from "./bundles.ts";
import { quantile, type Row } from "./row.ts";

/** Ten instances at once are ten processes, each of which answers one call at a time. */
export async function measureFunctions(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), "story-42-bench-"));
    const emulator = await startEmulator();
    const upstreams = await startUpstreams();
    try {
        const entry = await bundle("story-text-regen", folder);
        const { env } = await makeWorld(emulator, upstreams);
        const { stdout } = await execa(process.execPath, [join(import.meta.dirname, "functionCalls.ts"), entry], {
            env: {
                ...env,
                AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreams.bedrockUrl,
                DYNAMODB_TABLE_NAME: env.DYNAMODB_SESSIONS_TABLE,
                BEDROCK_MODEL_ID: "us.amazon.nova-pro-v1:0",
                ENVIRONMENT: "bench",
            },
        });
        const times = JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as number[];
        return [
            {
                what: "text function: a call without its upstreams' time",
                measured: `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
                limit: "p50 3 ms, p99 15 ms",
            },
        ];
    } finally {
        await upstreams.stop();
        await emulator.stop();
        await rm(folder, { recursive: true, force: true });
    }
}
