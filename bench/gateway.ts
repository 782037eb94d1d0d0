/** What the gateway adds to a request: MiniStack is asked itself and through the gateway, in turns. */
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

type Ask = () => Promise<unknown>;

/** Where to ask: the gateway's address, and the way past it. */
type Where = Parameters<typeof settings>[0];

/** A request of each kind. */
const kinds: Record<string, (where: Where) => Ask> = {
    "passes on": (where) => {
        const client = new STSClient(settings(where));
        return () => client.send(new GetCallerIdentityCommand());
    },
    "reads, to tell whether a case looks at it": (where) => {
        const client = new EC2Client(settings(where));
        return () => client.send(new DescribeVpcsCommand());
    },
    "lets a case answer": (where) => {
        const client = new ECRClient(settings(where));
        return () => client.send(new DescribeRepositoriesCommand());
    },
};

const settings = (where: { endpoint: string; requestHandler?: { httpAgent: Agent } }) => ({
    ...where,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

async function added(direct: Ask, through: Ask): Promise<number> {
    const times = { direct: [] as number[], through: [] as number[] };
    const timed = async (ask: Ask, into: number[]) => {
        const began = performance.now();
        await ask();
        into.push(performance.now() - began);
    };
    for (const round of ["first", "counted"]) {
        for (let call = 0; call < CALLS; call += 1) {
            await timed(direct, times.direct);
            await timed(through, times.through);
        }
        if (round === "first") {
            // Both programs are compiled while they run.
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
                measured: `${(await added(kind({ endpoint, ...direct }), kind({ endpoint }))).toFixed(2)} ms`,
                limit: "1 ms",
            });
        }
        return rows;
    } finally {
        await stopEmulator(stateDir);
        await rm(stateDir, { recursive: true, force: true });
    }
}
