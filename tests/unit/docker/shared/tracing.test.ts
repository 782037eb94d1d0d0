import { createRequire } from "node:module";
import { expect } from "chai";
import { ZERO_USAGE } from "../../../../contract/usage.ts";
import type * as Tracing from "../../../../docker/shared/tracing.ts";

const { context, propagation } = createRequire(new URL("../../../../docker/package.json", import.meta.url))(
    "@opentelemetry/api",
);

interface Sent {
    url: string;
    headers: Record<string, string>;
    bytes: number;
    spans: {
        name: string;
        traceId: string;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes: { key: string; value: { stringValue?: string } }[];
        events: unknown[];
    }[];
}

describe("Tracing", () => {
    const ownFetch = globalThis.fetch;
    const ownNow = Date.now;
    let sent: Sent[];
    let answer: () => Promise<Response>;
    let lost: string[];
    let instances = 0;

    beforeEach(() => {
        sent = [];
        lost = [];
        answer = async () => Response.json({});
        globalThis.fetch = (async (
            url: string,
            { headers, body }: { headers: Record<string, string>; body: Buffer },
        ) => {
            const { resourceSpans } = JSON.parse(Buffer.from(body).toString());
            const scopes = resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: Sent[] }) => scopeSpans);
            sent.push({ url, headers, bytes: body.length, spans: scopes.flatMap(({ spans }: Sent) => spans) });
            return answer();
        }) as typeof fetch;
    });
    afterEach(() => {
        globalThis.fetch = ownFetch;
        Date.now = ownNow;
        context.disable();
        propagation.disable();
    });

    /** Tracing as a process of its own has it: what is started here is not for the tests beside this one. */
    async function start(env: Record<string, string>): Promise<typeof Tracing> {
        Object.assign(process.env, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces", ...env });
        instances += 1;
        const tracing: typeof Tracing = await import(`../../../../docker/shared/tracing.ts?${instances}`);
        await tracing.startTracing("test", (why) => lost.push(why));
        return tracing;
    }
    const spans = () => sent.flatMap((request) => request.spans);
    const textOf = (name: string) =>
        spans()
            .flatMap(({ attributes }) => attributes)
            .find(({ key }) => key === name)?.value.stringValue;

    it("does only the work, and sends nothing, where it is off", async () => {
        const { inSpan, traceFields, traceHeaders } = await start({});
        const seen = await inSpan("work", {}, async (span) => [span.isRecording(), traceFields(), traceHeaders()]);
        expect(seen).to.deep.equal([false, {}, {}]);
        expect(sent).to.deep.equal([]);
    });

    it("has what a call cost, or that nobody knows", async () => {
        const { inSpan, recordCost, flushTracing } = await start({ TRACING: "on" });
        await inSpan("priced", {}, async (span) => recordCost(span, { ...ZERO_USAGE, calls: 1, nano_usd: 1_320_000 }));
        await inSpan("unpriced", {}, async (span) => recordCost(span, { ...ZERO_USAGE, calls: 1, unpriced: 1 }));
        await inSpan("unmetered", {}, async (span) => recordCost(span, { ...ZERO_USAGE, calls: 1, unmetered: 1 }));
        recordCost(undefined, ZERO_USAGE);
        await flushTracing();
        expect(spans().map(({ attributes }) => attributes)).to.deep.equal([
            [{ key: "story42.cost.usd", value: { doubleValue: 0.00132 } }],
            [{ key: "story42.cost.unknown", value: { boolValue: true } }],
            [{ key: "story42.cost.unknown", value: { boolValue: true } }],
        ]);
    });

    it("refuses words that it does not know, and to be on without a place for its spans", async () => {
        const failure = (env: Record<string, string>) => start(env).then(() => "none", String);
        expect(await failure({ TRACING: "loud" })).to.contain("TRACING");
        expect(await failure({ TRACING: "on", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "" })).to.contain(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        );
    });

    it("signs what goes to X-Ray's own endpoint, and nothing else", async () => {
        const keys = {
            AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
            AWS_SECRET_ACCESS_KEY: "secret",
            AWS_SESSION_TOKEN: "session",
        };
        for (const url of [
            "https://xray.eu-west-1.amazonaws.com/v1/traces",
            "https://collector.example.com/v1/traces",
        ]) {
            const { inSpan, flushTracing } = await start({
                ...keys,
                TRACING: "on",
                OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
            });
            await inSpan("work", {}, async () => undefined);
            await flushTracing();
        }
        const [signed, plain] = sent;
        expect(signed?.headers.authorization).to.match(
            /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/xray\/aws4_request/,
        );
        expect(signed?.headers).to.include({ "x-amz-security-token": "session" });
        expect(Object.keys(plain?.headers ?? {})).to.deep.equal(["content-type"]);
    });

    it("marks what failed by a short name, never by its message", async () => {
        const { inSpan, flushTracing } = await start({ TRACING: "on" });
        const failing = inSpan("work", {}, () => Promise.reject(new RangeError("the key sk-123 is wrong")));
        expect(await failing.catch(({ name }: Error) => name)).to.equal("RangeError");
        await flushTracing();
        expect(textOf("error.type")).to.equal("RangeError");
        expect(JSON.stringify(sent)).to.not.contain("sk-123");
    });

    it("gives what is done for a story the story's id", async () => {
        const { forStory, inSpan, flushTracing } = await start({ TRACING: "on" });
        await inSpan("request", {}, () => forStory("the-story", () => inSpan("work", {}, async () => undefined)));
        await flushTracing();
        for (const { name, attributes } of spans()) {
            expect(attributes, name).to.deep.include({
                key: "gen_ai.conversation.id",
                value: { stringValue: "the-story" },
            });
        }
        expect(new Set(spans().map(({ traceId }) => traceId))).to.have.lengthOf(1);
    });

    it("keeps a few thousand characters of 10 MB, and hides tokens, keys and addresses", async () => {
        const { inSpan, recordContent, flushTracing } = await start({ TRACING: "content" });
        const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        const said = `A letter to ann@example.com and https://ann.example.com/?k=1 with ${jwt} and AKIAIOSFODNN7EXAMPLE. `;
        await inSpan("work", {}, async (span) =>
            recordContent(span, () => ({
                "input.messages": said.repeat(100_000),
                system_instructions: "x".repeat(1e7),
            })),
        );
        await flushTracing();
        expect(sent[0]?.bytes).to.be.above(7_000).and.below(50_000);
        const text = textOf("gen_ai.input.messages");
        expect(text).to.match(/^A letter to \[address\] and \[address\] with \[token\] and \[key\]\./);
        for (const secret of ["ann", "eyJ", "AKIA"]) {
            expect(text).to.not.contain(secret);
        }
    });

    it("says nothing of prompts where they are not asked for", async () => {
        const { inSpan, recordContent, flushTracing } = await start({ TRACING: "on" });
        await inSpan("work", {}, async (span) => recordContent(span, () => ({ "input.messages": "a fox" })));
        await flushTracing();
        expect(spans()).to.have.lengthOf(1);
        expect(JSON.stringify(sent)).to.not.contain("fox");
    });

    it("keeps no more than so many spans for a collector that does not answer, and says so once", async () => {
        const { inSpan, flushTracing } = await start({ TRACING: "on" });
        let giveUp = (_why: Error) => {};
        const held = new Promise<Response>((_answer, refuse) => {
            giveUp = refuse;
        });
        held.catch(() => undefined);
        answer = () => held;
        for (let made = 0; made < 5_000; made += 1) {
            await inSpan("work", {}, async () => undefined);
        }
        giveUp(new TypeError("fetch failed"));
        await flushTracing();
        expect(spans().length).to.be.above(0).and.below(2_000);
        expect(lost).to.deep.equal(["TypeError"]);
    });

    it("goes on with a trace of another's clock, and measures by none that is set", async () => {
        const { inSpan, traceOf, flushTracing } = await start({ TRACING: "on" });
        const ahead = `${(Math.floor(ownNow() / 1_000) + 86_400 * 365).toString(16)}${"a".repeat(24)}`;
        const parent = traceOf({ Traceparent: `00-${ahead}-53995c3f42cd8ad8-01` });
        const setBack = async () => {
            Date.now = () => ownNow() - 3_600_000;
        };
        await inSpan("work", {}, setBack, parent);
        await flushTracing();
        const [span] = spans();
        expect(span?.traceId).to.equal(ahead);
        expect(BigInt(span?.endTimeUnixNano ?? 0) >= BigInt(span?.startTimeUnixNano ?? 1)).to.equal(true);
    });

    it("begins a trace of its own where what a caller sends is none", async () => {
        const { inSpan, traceOf, flushTracing } = await start({ TRACING: "on" });
        for (const traceparent of ["nonsense", `00-${"0".repeat(32)}-53995c3f42cd8ad8-01`, "x".repeat(100_000)]) {
            await inSpan("work", {}, async () => undefined, traceOf({ traceparent }));
        }
        await flushTracing();
        expect(new Set(spans().map(({ traceId }) => traceId))).to.have.lengthOf(3);
    });
});
