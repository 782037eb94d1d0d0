/** Load of many concurrent users for a minute, through the gateway and the service of a local cloud. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { askAsCrowd } from "../tests/kit/deployed/crowd.ts";
import { type Person, Stage } from "../tests/kit/deployed/stage.ts";
import { CloudCopy } from "../tests/kit/local/cloudCopy.ts";
import { quantile, type Row } from "./row.ts";

const PEOPLE = 50;
const DURATION_MS = 60_000;

/** The maximum memory of a child process with `program` in its command line, in MB. */
async function maxMemory(cloud: CloudCopy, program: string): Promise<number> {
    const { process } = JSON.parse(await readFile(join(cloud.stateDir, "pids/runtime.json"), "utf8"));
    const { stdout } = await execa("pgrep", ["-f", program, "-P", String(process.pid)]);
    const sizes = await Promise.all(
        stdout.split("\n").map(async (pid) => {
            const status = await readFile(`/proc/${pid}/status`, "utf8");
            return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
        }),
    );
    return Math.round(Math.max(...sizes));
}

/** All rows; takes about two minutes. Throws when an answer is wrong, somebody else's, or lacks something. */
export async function measureLoad(): Promise<Row[]> {
    const cloud = await CloudCopy.make();
    try {
        const stage = await Stage.up(cloud, "--no-images");
        const people: Person[] = [];
        for (let index = 0; index < PEOPLE; index += 1) {
            people.push(await stage.person(`bench-${index}`));
        }
        const end = Date.now() + DURATION_MS;
        const report = await askAsCrowd({ url: stage.url, people, goOn: () => Date.now() < end });
        const faults = [...report.wrong, ...report.lacking.map(({ warning }) => warning)];
        if (faults.length > 0) {
            throw new Error(
                `${faults.length} answers were wrong or lacked something:\n${faults.slice(0, 10).join("\n")}`,
            );
        }
        const latency = (times: number[]) =>
            `p50 ${(quantile(times, 0.5) / 1000).toFixed(1)} s, p99 ${(quantile(times, 0.99) / 1000).toFixed(1)} s`;
        const crowd = `${PEOPLE} people at once for a minute`;
        return [
            {
                what: `${crowd}: stories made, none wrong`,
                measured: String(report.stories),
                limit: `at least ${PEOPLE}`,
            },
            {
                what: `${crowd}: an outline through the gateway`,
                measured: latency(report.gatewayMs),
                limit: "p99 29 s",
            },
            { what: `${crowd}: a list from the service`, measured: latency(report.serviceMs), limit: "p99 5 s" },
            {
                what: `${crowd}: most memory of the service, of a function`,
                measured: `${await maxMemory(cloud, "node index.mjs$")} MB, ${await maxMemory(cloud, "lambdaRuntime.mjs")} MB`,
                limit: "512 MB, 512 MB",
            },
        ];
    } finally {
        await cloud.remove();
    }
}
