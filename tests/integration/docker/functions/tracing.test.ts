import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { gatewayEvent } from "../../../kit/functions/gatewayEvent.ts";
import { makeWorld, stopWorld } from "../../../kit/functions/world.ts";

const TRACE = { trace_id: "1-5759e988-bd862e3fe1be46a994272793", parent_id: "53995c3f42cd8ad8" };
const TOPICS = "lighthouses, letters";

/** What the X-Ray SDK sends to its daemon when a part of a call ends. */
interface Segment {
    id: string;
    parent_id: string;
    trace_id: string;
    name: string;
    http?: { response?: { status: number } };
}

/** Loads a bundle and answers the events that it is given, one after the other, as an instance of a function does. */
const instance = `
const [bundle, ...events] = process.argv.slice(1);
const { handler } = await import(bundle);
for (const event of events) {
    const { statusCode } = await handler(JSON.parse(event), { awsRequestId: "test", getRemainingTimeInMillis: () => 60_000 });
    console.log(statusCode);
}`;

describe("The trace of a call, from the bundle as Lambda runs it", () => {
    let folder: string;
    before(async () => {
        await makeWorld();
        folder = mkdtempSync(join(tmpdir(), "story-42-trace-"));
    });
    after(async () => {
        rmSync(folder, { recursive: true });
        await stopWorld();
    });

    it("has the call, and in it what the call asked of AWS, and nothing of what was written", async () => {
        await execa(process.execPath, ["docker/bundle.mjs", "story-text-regen", "--out", folder]);
        const sent: string[] = [];
        const daemon = createSocket("udp4", (message) => sent.push(String(message))).bind(0, "127.0.0.1");
        await once(daemon, "listening");
        const event = JSON.stringify(
            gatewayEvent("/generate-topics-ideas", { genre: "fiction", topics: TOPICS }, "ann"),
        );
        const bundle = join(folder, "index.mjs");
        const { stdout } = await execa(
            process.execPath,
            ["--input-type=module", "--eval", instance, bundle, event, event],
            {
                env: {
                    LAMBDA_TASK_ROOT: folder,
                    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
                    _X_AMZN_TRACE_ID: `Root=${TRACE.trace_id};Parent=${TRACE.parent_id};Sampled=1`,
                    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${(daemon.address() as AddressInfo).port}`,
                },
            },
        );
        daemon.close();
        expect(stdout.split("\n")).to.deep.equal(["200", "200"]);
        const segments = sent.map((text): Segment => JSON.parse(text.slice(text.indexOf("\n") + 1)));
        const calls = segments.filter(({ name }) => name === "POST /generate-topics-ideas");
        expect(calls).to.have.lengthOf(2);
        for (const { id, parent_id, trace_id, http } of calls) {
            expect({ trace_id, parent_id }).to.deep.equal(TRACE);
            expect(http?.response?.status).to.equal(200);
            const within = segments.filter((segment) => segment.parent_id === id).map(({ name }) => name);
            expect(within).to.include.members(["BedrockRuntime", "DynamoDB"]);
        }
        expect(sent.join()).to.not.contain(TOPICS);
    });
});
