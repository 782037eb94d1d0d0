/** The time that functions add to that of their upstreams, measured with the text function, which makes the most calls. */
import { type ChildProcess, fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreams } from "../standins/upstreams/server.ts";
import { startEmulator } from "../tests/kit/agent/dependencies.ts";
import { makeWorld } from "../tests/kit/agent/world.ts";
import { bundle } from "./bundles.ts";
import { growthRow, measureRounds } from "./growth.ts";
import { quantile, type Row } from "./row.ts";

const CALLS = 200;

/** Ten instances at once are ten processes, each of which answers one call at a time. */
export async function measureFunctions(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), "story-42-bench-"));
    const emulator = await startEmulator();
    const upstreams = await startUpstreams();
    const daemon = createSocket("udp4").bind(0, "127.0.0.1");
    const instances: ChildProcess[] = [];
    try {
        await once(daemon, "listening");
        const entry = await bundle("story-text-regen", folder);
        const { env } = await makeWorld(emulator, upstreams);
        const instance = (more: Record<string, string>) => {
            const started = fork(join(import.meta.dirname, "functionCalls.ts"), [entry], {
                env: {
                    ...env,
                    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreams.bedrockUrl,
                    DYNAMODB_TABLE_NAME: env.DYNAMODB_SESSIONS_TABLE,
                    BEDROCK_MODEL_ID: "us.amazon.nova-pro-v1:0",
                    ENVIRONMENT: "bench",
                    ...more,
                },
                stdio: ["ignore", "ignore", "inherit", "ipc"],
            });
            instances.push(started);
            return async (): Promise<number[]> => {
                started.send(CALLS);
                const over = new AbortController();
                const { signal } = over;
                const ended = once(started, "exit", { signal }).then(() =>
                    Promise.reject(new Error("a function ended")),
                );
                const [times] = await Promise.race([once(started, "message", { signal }), ended]);
                over.abort();
                return times;
            };
        };
        const rounds = await measureRounds({
            off: instance({}),
            on: instance({ TRACING: "on", AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}` }),
        });
        const times = rounds.flatMap(({ off }) => off);
        return [
            {
                what: "text function: a call without its upstreams' time",
                measured: `p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
                limit: "p50 3 ms, p99 15 ms",
            },
            growthRow("text function: a call without its upstreams' time", rounds),
        ];
    } finally {
        for (const started of instances) {
            started.kill();
        }
        daemon.close();
        await upstreams.stop();
        await emulator.stop();
        await rm(folder, { recursive: true, force: true });
    }
}
