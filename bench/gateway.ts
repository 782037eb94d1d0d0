/** What the gateway adds to a request: MiniStack is asked itself and through the gateway, in turns. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startEmulator, stopEmulator } from "../local/emulator.ts";
import { ministackCommand } from "../tests/integration/tools.ts";
import { median, type Row } from "./row.ts";

const CALLS = 400;

type Ask = () => Promise<unknown>;

/** A request of each kind, to an address. */
const kinds: Record<string, (endpoint: string) => Ask> = {
    "passes on": (endpoint) => {
        const client = new STSClient(settings(endpoint));
        return () => client.send(new GetCallerIdentityCommand());
    },
    "reads, to tell whether a case looks at it": (endpoint) => {
        const client = new EC2Client(settings(endpoint));
        return () => client.send(new DescribeVpcsCommand());
    },
    "lets a case answer": (endpoint) => {
        const client = new ECRClient(settings(endpoint));
        return () => client.send(new DescribeRepositoriesCommand());
    },
};

const settings = (endpoint: string) => ({
    endpoint,
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
        const { endpoint, ministack } = await startEmulator({ command, stateDir, region: "us-east-1", port: 0 });
        const rows: Row[] = [];
        for (const [what, kind] of Object.entries(kinds)) {
            rows.push({
                what: `the gateway, added to a request that it ${what}, median of ${CALLS}`,
                measured: `${(await added(kind(ministack), kind(endpoint))).toFixed(2)} ms`,
                limit: "1 ms",
            });
        }
        return rows;
    } finally {
        await stopEmulator(stateDir);
        await rm(stateDir, { recursive: true, force: true });
    }
}
