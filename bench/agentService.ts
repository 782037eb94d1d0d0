/** Size and speed of the agent service's bundle, the same as in its image. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { startUpstreams as startCollector } from "../standins/upstreams/server.ts";
import { startEmulator, startUpstreams } from "../tests/kit/agent/dependencies.ts";
import { makePerson, makeWorld, ServiceProcess, type World } from "../tests/kit/agent/world.ts";
import { bundle, codeSize } from "./bundles.ts";
import { growthRow, measureRounds } from "./growth.ts";
import { median, quantile, type Row } from "./row.ts";

const STARTS = 5;
const STREAMS = 200;
const CALLS = { concurrency: 10, each: 300 };

/** The image's settings for Node: the heap fits a task of 512 MB. */
const NODE_OPTIONS = "--enable-source-maps --max-old-space-size=256";

async function startTime(world: World, entry: string): Promise<Row> {
    const times: number[] = [];
    for (let round = 0; round < STARTS; round += 1) {
        const began = performance.now();
        const service = await ServiceProcess.start(world, { NODE_OPTIONS }, entry);
        times.push(performance.now() - began);
        await service.end();
    }
    return {
        what: `story-generator: start to ready, median of ${STARTS}`,
        measured: `${Math.round(median(times))} ms`,
        limit: "800 ms",
    };
}

/** A call on a keep-alive connection. The client shares the processor with the service but uses little of it. */
async function call(url: string, token: string, agent: Agent): Promise<void> {
    const clientRequest = request(url, { agent, headers: { authorization: `Bearer ${token}` } }).end();
    const [response] = (await once(clientRequest, "response")) as [IncomingMessage];
    await once(response.resume(), "end");
    if (response.statusCode !== 200) {
        throw new Error(`${url} answered ${response.statusCode}`);
    }
}

/** The times of one round of calls, in milliseconds. */
async function callTimes(service: ServiceProcess, token: string): Promise<number[]> {
    const times: number[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: CALLS.concurrency });
    const caller = async () => {
        for (let made = 0; made < CALLS.each; made += 1) {
            const began = performance.now();
            await call(`${service.url}/api/v1/auth/me`, token, agent);
            times.push(performance.now() - began);
        }
    };
    await Promise.all(Array.from({ length: CALLS.concurrency }, caller));
    agent.destroy();
    return times;
}

async function overhead(off: ServiceProcess, on: ServiceProcess, token: string): Promise<Row[]> {
    const rounds = await measureRounds({ off: () => callTimes(off, token), on: () => callTimes(on, token) });
    const times = rounds.flatMap((round) => round.off);
    const what = `story-generator: a call with a token, ${CALLS.concurrency} at once`;
    return [
        {
            what,
            measured: `p50 ${median(times).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
            limit: "p50 3 ms, p99 15 ms",
        },
        growthRow(what, rounds),
    ];
}

async function openStreams(service: ServiceProcess, token: string): Promise<Row> {
    // One core, as a task of half a processor has at most.
    await execa("taskset", ["--all-tasks", "--cpu-list", "--pid", "0", String(service.process.pid)]);
    let slowest = 0;
    let memory = 0;
    const timer = setInterval(async () => {
        const status = await readFile(`/proc/${service.process.pid}/status`, "utf8").catch(() => "");
        memory = Math.max(memory, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    }, 200);
    await Promise.all(
        Array.from({ length: STREAMS }, async () => {
            for await (const event of service.events(token, { topic: "A fox", length: "short" })) {
                slowest = Math.max(slowest, Date.now() - Date.parse(String(event.timestamp)));
            }
        }),
    );
    clearInterval(timer);
    return {
        what: `story-generator: ${STREAMS} runs at once on one core: slowest event, most memory`,
        measured: `${slowest} ms, ${Math.round(memory)} MB`,
        limit: "1000 ms, 512 MB",
    };
}

/** All rows; takes about a minute. */
export async function measureAgentService(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), "story-42-bench-"));
    const emulator = await startEmulator();
    const upstreams = await startUpstreams();
    const collector = await startCollector();
    try {
        const entry = await bundle("story-generator", folder);
        const megabytes = (await codeSize(dirname(entry))) / 1e6;
        const world = await makeWorld(emulator, upstreams);
        const starts = await startTime(world, entry);
        const env = { NODE_OPTIONS, MAX_RUNS_PER_USER: String(STREAMS) };
        const service = await ServiceProcess.start(world, env, entry);
        const traces = { TRACING: "on", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.tracesUrl };
        const traced = await ServiceProcess.start(world, { ...env, ...traces }, entry);
        const { idToken } = await makePerson(world, service, "bench");
        const calls = await overhead(service, traced, idToken);
        await traced.end();
        upstreams.slow("model", 2_000);
        const streams = await openStreams(service, idToken);
        await service.end();
        return [
            { what: "story-generator: bundle", measured: `${megabytes.toFixed(1)} MB`, limit: "8 MB" },
            starts,
            ...calls,
            streams,
        ];
    } finally {
        await collector.stop();
        await upstreams.stop();
        await emulator.stop();
        await rm(folder, { recursive: true, force: true });
    }
}
