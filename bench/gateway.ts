/** The time that the gateway adds to a request: alternates requests to MiniStack directly and through the gateway. */
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, type AgentOptions } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startEmulator, stopEmulator } from "../local/background/emulator.ts";
import { ministackCommand } from "../tests/kit/tools.ts";
import { median, type Row } from "./row.ts";

const CALLS = 400;

type Call = () => Promise<unknown>;

/** The gateway's address, or an agent that bypasses the gateway. */
type ClientOptions = Parameters<typeof settings>[0];

/** A request of each kind, by what the gateway does with it. */
const kinds: Record<string, (options: ClientOptions) => Call> = {
    "passes on": (options) => {
        const client = new STSClient(settings(options));
        return () => client.send(new GetCallerIdentityCommand());
    },
    "reads, to tell whether a case looks at it": (options) => {
        const client = new EC2Client(settings(options));
        return () => client.send(new DescribeVpcsCommand());
    },
    "lets a case answer": (options) => {
        const client = new ECRClient(settings(options));
        return () => client.send(new DescribeRepositoriesCommand());
    },
};

const settings = (options: { endpoint: string; requestHandler?: { httpAgent: Agent } }) => ({
    ...options,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

async function addedMs(direct: Call, through: Call): Promise<number> {
    const times = { direct: [] as number[], through: [] as number[] };
    const timed = async (call: Call, into: number[]) => {
        const began = performance.now();
        await call();
        into.push(performance.now() - began);
    };
    for (const round of ["first", "counted"]) {
        for (let call = 0; call < CALLS; call += 1) {
            await timed(direct, times.direct);
            await timed(through, times.through);
        }
        if (round === "first") {
            // Discard the warm-up: both programs are compiled while they run.
            times.direct.length = 0;
            times.through.length = 0;
        }
    }
    console.error(`  ${median(times.direct).toFixed(2)} ms without it, ${median(times.through).toFixed(2)} ms with it`);
    return median(times.through) - median(times.direct);
}

/** Times requests to an emulator of its own. */
export async function measureGateway(): Promise<Row[]> {
    const stateDir = await mkdtemp(join(tmpdir(), "story-42-bench-"));
    try {
        const command = await ministackCommand();
        const { endpoint, socket } = await startEmulator({ command, stateDir, region: "us-east-1", port: 0 });
        const direct = {
            requestHandler: { httpAgent: new Agent({ keepAlive: true, socketPath: socket } as AgentOptions) },
        };
        const rows: Row[] = [];
        for (const [what, kind] of Object.entries(kinds)) {
            rows.push({
                what: `the gateway, added to a request that it ${what}, median of ${CALLS}`,
                measured: `${(await addedMs(kind({ endpoint, ...direct }), kind({ endpoint }))).toFixed(2)} ms`,
                limit: "1 ms",
            });
        }
        return rows;
    } finally {
        await stopEmulator(stateDir);
        await rm(stateDir, { recursive: true, force: true });
    }
}
