import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { execa } from "execa";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";
import type { SpanLine } from "../../../../standins/upstreams/traces.ts";
import { gatewayEvent } from "../../../kit/functions/gatewayEvent.ts";
import { makeWorld, stopWorld } from "../../../kit/functions/world.ts";
import { definitionOf, findsOnly, ID } from "../../../kit/guardrails/guardrail.ts";

const TRACE_ID = "5759e988bd862e3fe1be46a994272793";
const CALLER = "53995c3f42cd8ad8";
const SEGMENT = "00f067aa0ba902b7";
const CALL = "POST /generate-topics-ideas";
const TOPICS = "lighthouses, letters to ann@example.com";

/** Loads a bundle and answers the events that it is given, one after the other, as an instance of a function does. */
const instance = `
const [bundle, ...events] = process.argv.slice(1);
const { handler } = await import(bundle);
for (const event of events) {
    const { statusCode, body } = await handler(JSON.parse(event), { awsRequestId: "test", getRemainingTimeInMillis: () => 60_000 });
    console.log(JSON.stringify({ answered: statusCode, trace_id: JSON.parse(body).trace_id }));
}
// A function is frozen here; this one goes on until it is ended.
await new Promise((resolve) => process.stdin.once("end", resolve).resume());
process.exit();`;

describe("The trace of a call, from the bundle as Lambda runs it", () => {
    let folder: string;
    let bundle: string;
    let collector: Upstreams;
    let upstreams: Upstreams;
    const file = () => join(folder, "spans.jsonl");
    const event = (body: object = { genre: "fiction", topics: TOPICS }) => {
        const made: { headers?: object } = gatewayEvent("/generate-topics-ideas", body, "ann");
        return JSON.stringify({
            ...made,
            headers: { ...made.headers, traceparent: `00-${TRACE_ID}-${CALLER}-01` },
        });
    };

    before(async () => {
        ({ upstreams } = await makeWorld());
        folder = mkdtempSync(join(tmpdir(), "story-42-trace-"));
        await execa(process.execPath, ["docker/bundle.mjs", "story-text-regen", "--out", join(folder, "bundle")]);
        bundle = join(folder, "bundle", "index.mjs");
        collector = await startUpstreams({ tracesFile: file() });
    });
    beforeEach(() => rmSync(file(), { force: true }));
    after(async () => {
        await collector.stop();
        rmSync(folder, { recursive: true });
        await stopWorld();
    });

    /** Answers `events`, and lets the instance go on `until` something is there of what it does behind its answers. */
    async function run(env: Record<string, string>, events: string[], until = () => true) {
        const answering = execa(process.execPath, ["--input-type=module", "--eval", instance, bundle, ...events], {
            env: { LAMBDA_TASK_ROOT: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x", ...env },
        });
        const answers: { answered: number; trace_id?: string }[] = [];
        const lines = createInterface({ input: answering.stdout });
        for await (const line of lines) {
            if (line.startsWith('{"answered"') && answers.push(JSON.parse(line)) === events.length) {
                break;
            }
        }
        while (!until()) {
            await setTimeout(50);
        }
        answering.stdin.end();
        await answering;
        return answers;
    }
    const has = (text: string, times: number) => () =>
        existsSync(file()) && readFileSync(file(), "utf8").split(text).length > times;
    const spans = () =>
        readFileSync(file(), "utf8")
            .trimEnd()
            .split("\n")
            .map((line): SpanLine => JSON.parse(line));
    const traced = (TRACING: string) => ({ TRACING, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.tracesUrl });

    it("goes on with the caller's, has the model's call with its tokens, and nothing of what was written", async () => {
        expect(await run(traced("on"), [event(), event()], has(CALL, 2))).to.deep.equal([
            { answered: 200 },
            { answered: 200 },
        ]);
        const all = spans();
        const calls = all.filter(({ name }) => name === CALL);
        expect(calls).to.have.lengthOf(2);
        for (const { span_id, parent_id, trace_id, service, attributes } of calls) {
            expect({ parent_id, trace_id, service }).to.deep.equal({
                parent_id: CALLER,
                trace_id: TRACE_ID,
                service: "story-text-regen",
            });
            expect(attributes).to.include({ "http.response.status_code": 200 });
            const within = all.filter((span) => span.parent_id === span_id);
            const [chat] = within.filter(({ name }) => name === "chat us.amazon.nova-pro-v1:0");
            expect(chat?.attributes).to.include({
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "aws.bedrock",
                "gen_ai.request.model": "us.amazon.nova-pro-v1:0",
            });
            expect(chat?.attributes["gen_ai.usage.input_tokens"]).to.be.above(0);
            expect(chat?.attributes["gen_ai.usage.output_tokens"]).to.be.above(0);
            expect(chat?.attributes["gen_ai.response.finish_reasons"]).to.deep.equal(["tool_use"]);
        }
        const asked = upstreams.requests("bedrock").map(({ headers }) => headers.traceparent?.split("-")[1]);
        expect(asked).to.deep.equal([TRACE_ID, TRACE_ID]);
        const text = readFileSync(file(), "utf8");
        expect(text).to.not.contain("lighthouses");
        expect(text).to.not.contain("ann");
    });

    it("has prompts and answers where it is asked for them, without anybody's address", async () => {
        await run(traced("content"), [event()], has(CALL, 1));
        const [chat] = spans().filter(({ name }) => name.startsWith("chat "));
        expect(chat?.attributes["gen_ai.input.messages"]).to.contain("lighthouses").and.contain("[address]");
        expect(chat?.attributes).to.include.keys("gen_ai.output.messages", "gen_ai.system_instructions");
        expect(readFileSync(file(), "utf8")).to.not.contain("ann@example.com");
    });

    it("has the checks of a guardrail", async () => {
        upstreams.control.findGuardrail = findsOnly(await definitionOf({}));
        const guardrail = { BEDROCK_GUARDRAIL_ID: ID, BEDROCK_GUARDRAIL_VERSION: "1" };
        const harmless = event({ genre: "fiction", topics: "lighthouses" });
        await run({ ...traced("on"), ...guardrail }, [harmless], has(CALL, 1));
        const call = spans().find(({ name }) => name === CALL) ?? expect.fail("no call");
        const check = spans().find(({ name }) => name === "apply_guardrail");
        expect(check?.parent_id).to.equal(call.span_id);
    });

    it("goes to Lambda's daemon in one datagram, under the function's own segment where that is of the same trace", async () => {
        const sent: Buffer[] = [];
        const start = '{"format":"json","version":1}\nT1S';
        const spoken = (message: Buffer) => Buffer.from(message.subarray(start.length).toString(), "base64");
        const isCall = (message: Buffer) => spoken(message).includes(CALL);
        const daemon = createSocket("udp4", (message) => sent.push(message)).bind(0, "127.0.0.1");
        await once(daemon, "listening");
        const root = `1-${TRACE_ID.slice(0, 8)}-${TRACE_ID.slice(8)}`;
        await run(
            {
                TRACING: "on",
                _X_AMZN_TRACE_ID: `Root=${root};Parent=${SEGMENT};Sampled=1`,
                AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${(daemon.address() as AddressInfo).port}`,
            },
            [event()],
            () => sent.some((message) => message.length > 0 && isCall(message)),
        );
        daemon.close();
        expect(sent.map((message) => message.subarray(0, start.length).toString())).to.include(start);
        expect(sent).to.have.lengthOf(1);
        const call = spoken(sent.find(isCall) ?? expect.fail("no such span"));
        expect(call.includes("chat us.amazon.nova-pro-v1:0")).to.equal(true);
        expect(call.includes(Buffer.from(TRACE_ID, "hex"))).to.equal(true);
        expect(call.includes(Buffer.from(SEGMENT, "hex"))).to.equal(true);
    });

    it("is named by the answer to a call that failed", async () => {
        expect(await run(traced("on"), [event({ genre: "none" })])).to.deep.equal([
            { answered: 400, trace_id: TRACE_ID },
        ]);
    });

    it("keeps nobody waiting for a collector that never answers", async () => {
        const held = new Set<Socket>();
        const silent = createServer((socket) => void held.add(socket)).listen(0, "127.0.0.1");
        await once(silent, "listening");
        const { port } = silent.address() as AddressInfo;
        const env = { TRACING: "on", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces` };
        expect(await run(env, [event(), event()], () => held.size > 0)).to.deep.equal([
            { answered: 200 },
            { answered: 200 },
        ]);
        for (const socket of held) {
            socket.destroy();
        }
        silent.close();
    });

    it("is not there where it is off, and neither is its SDK", async () => {
        const [file = ""] = readdirSync(join(folder, "bundle")).filter((name) => /^openTelemetry-.*\.mjs$/.test(name));
        rmSync(join(folder, "bundle", file));
        expect(await run({}, [event()])).to.deep.equal([{ answered: 200 }]);
        expect(existsSync(join(folder, "spans.jsonl"))).to.equal(false);
    });
});
