/** The console at the upstream server: what it tells its page, and the page in Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Browser } from "playwright-core";
import type { Detail, State } from "../../../../standins/upstreams/console/shapes.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";
import { openBrowser, Visit } from "../../../kit/deployed/browser.ts";
import { askAs } from "../../../kit/rawRequest.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const [ROOT, STAGE, CHAT, SPEECH] = [
    "00f067aa0ba902b7",
    "00f067aa0ba902b8",
    "00f067aa0ba902b9",
    "00f067aa0ba902ba",
] as const;
const PROMPT = "Write about a fox who is afraid of the dark.";

interface Sent {
    id: string;
    parent?: string;
    name: string;
    from: number;
    to: number;
    attributes?: Record<string, string | number | boolean>;
    isFailed?: boolean;
}

describe("The console", function () {
    this.timeout(60_000);
    let folder: string;
    let upstreams: Upstreams;
    const begin = Date.now() - 60_000;

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "story-42-console-"));
        mkdirSync(join(folder, "logs"));
        upstreams = await startUpstreams({ tracesFile: join(folder, "traces.jsonl") });
    });
    afterEach(async () => {
        await upstreams.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    const get = async <Answer>(path: string) =>
        (await (await fetch(`${upstreams.consoleUrl}${path}`)).json()) as Answer;

    async function sendSpans(...spans: Sent[]): Promise<void> {
        const nanoseconds = (at: number) => String(BigInt(begin + at) * 1_000_000n);
        const asOtlp = spans.map(({ id, parent, name, from, to, attributes = {}, isFailed }) => ({
            traceId: TRACE,
            spanId: id,
            parentSpanId: parent,
            name,
            startTimeUnixNano: nanoseconds(from),
            endTimeUnixNano: nanoseconds(to),
            attributes: Object.entries(attributes).map(([key, value]) => ({
                key,
                value:
                    typeof value === "boolean"
                        ? { boolValue: value }
                        : typeof value === "string"
                          ? { stringValue: value }
                          : Number.isInteger(value)
                            ? { intValue: value }
                            : { doubleValue: value },
            })),
            status: { code: isFailed ? 2 : 0 },
        }));
        const resource = { attributes: [{ key: "service.name", value: { stringValue: "story-generator" } }] };
        const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: asOtlp }] }] });
        const response = await fetch(upstreams.tracesUrl, { method: "POST", body });
        expect(response.status, await response.text()).to.equal(200);
    }

    const askModel = (headers: Record<string, string> = {}) =>
        fetch(`${upstreams.bedrockUrl}/model/us.amazon.nova-pro-v1%3A0/converse`, {
            method: "POST",
            headers: {
                authorization: "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/bedrock/aws4_request",
                ...headers,
            },
            body: JSON.stringify({ messages: [{ role: "user", content: [{ text: PROMPT }] }] }),
        });

    const aStory = async () => {
        await sendSpans(
            { id: ROOT, name: "POST /pipeline", from: 0, to: 12_000, attributes: { "story42.cost.usd": 0.00018 } },
            { id: STAGE, parent: ROOT, name: "research", from: 100, to: 3_000, isFailed: true },
            {
                id: CHAT,
                parent: STAGE,
                name: "chat us.amazon.nova-pro-v1:0",
                from: 300,
                to: 2_500,
                attributes: {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.usage.input_tokens": 812,
                    "gen_ai.usage.output_tokens": 210,
                    "story42.cost.usd": 0.00132,
                },
            },
            {
                ...{ id: SPEECH, parent: ROOT, name: "generate_content", from: 3_000, to: 4_000 },
                attributes: { "story42.cost.unknown": true },
            },
        );
        await (await askModel({ traceparent: `00-${TRACE}-${CHAT}-01` })).text();
    };

    it("has nothing to show at first", async () => {
        const { requests, hasTraces, switches } = await get<State>("state");
        expect({ requests, hasTraces }).to.deep.equal({ requests: [], hasTraces: false });
        expect(switches.filter(({ isOn }) => isOn)).to.deep.equal([]);
    });

    it("shows a request with its spans, its calls, what was asked and answered, and its log lines", async () => {
        writeFileSync(
            join(folder, "logs/story-generator.log"),
            `${JSON.stringify({ trace_id: TRACE, msg: "a stage has failed" })}\n${JSON.stringify({ msg: "another" })}\n`,
        );
        await aStory();
        const { requests, hasTraces } = await get<State>("state");
        expect(hasTraces).to.equal(true);
        expect(requests).to.deep.equal([
            {
                ...{ id: TRACE, name: "POST /pipeline", service: "story-generator", calls: 1, isFailed: true },
                ...{ start: new Date(begin).toISOString(), milliseconds: 12_000, tokens: { in: 812, out: 210 } },
                cost: { usd: 0.0015, unknown: 1 },
            },
        ]);
        const { spans, calls, logs } = await get<Detail>(`request?id=${TRACE}`);
        expect(spans.map(({ name }) => name)).to.deep.equal([
            "POST /pipeline",
            "research",
            "chat us.amazon.nova-pro-v1:0",
            "generate_content",
        ]);
        const [call] = calls;
        expect(call).to.include({ upstream: "bedrock", status: 200, spanId: CHAT });
        expect(JSON.stringify(call?.request)).to.contain(PROMPT);
        expect(call?.answer).to.have.nested.property("output.message.content[0].text");
        expect(logs.map(({ part, text }) => [part, JSON.parse(text).msg])).to.deep.equal([
            ["story-generator", "a stage has failed"],
        ]);
    });

    it("shows single calls where nothing sends traces", async () => {
        await (await askModel()).text();
        const { requests } = await get<State>("state");
        expect(requests.map(({ service, isFailed }) => ({ service, isFailed }))).to.deep.equal([
            { service: "bedrock", isFailed: false },
        ]);
        const { spans, calls } = await get<Detail>(`request?id=${requests[0]?.id}`);
        expect([spans.length, calls.length]).to.deep.equal([0, 1]);
        expect((await fetch(`${upstreams.consoleUrl}request?id=call-7`)).status).to.equal(404);
    });

    it("switches faults on and off, each on its own", async () => {
        const turn = (id: string, on: boolean) =>
            fetch(`${upstreams.consoleUrl}switch`, { method: "POST", body: JSON.stringify({ id, on }) });
        await turn("bedrock-throttle", true);
        await turn("bedrock-refuse", true);
        expect((await askModel()).status).to.equal(429);
        const { switches } = (await (await turn("bedrock-throttle", false)).json()) as State;
        expect(switches.flatMap(({ id, isOn }) => (isOn ? [id] : []))).to.deep.equal(["bedrock-refuse"]);
        expect(await (await askModel()).json()).to.have.property("stopReason", "content_filtered");
        await turn("bedrock-refuse", false);
        expect(await (await askModel()).json()).to.have.property("stopReason", "end_turn");
        expect((await turn("constructor", true)).status).to.equal(400);
    });

    it("answers its own page alone, which gets nothing else of the server", async () => {
        const { origin } = new URL(upstreams.url);
        const own = { origin, "sec-fetch-site": "same-origin" };
        const foreign = { origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" };
        const status = async (url: string, headers: Record<string, string>) =>
            (await askAs(url, "GET", headers)).status;
        expect(await status(`${upstreams.consoleUrl}state`, own)).to.equal(200);
        expect(await status(`${upstreams.consoleUrl}state`, foreign)).to.equal(403);
        expect(await status(`${upstreams.url}/_control/requests`, own)).to.equal(403);
        expect(await status(`${origin}/console/state`, own)).to.equal(403);
        expect(await status(`${origin}/wrong/console/state`, own)).to.equal(403);
    });

    describe("in Chromium", () => {
        let browser: Browser;
        before(async () => {
            browser = await openBrowser();
        });
        after(async () => {
            await browser?.close();
        });

        it("leads from a request to its prompt, and switches a fault", async () => {
            await aStory();
            const visit = await Visit.open(browser, upstreams.consoleUrl);
            const { page } = visit;
            const request = page.getByRole("button", { name: /POST \/pipeline/ });
            expect(await request.textContent()).to.contain("1022 tokens · $0.0015 and 1 of unknown cost");
            await request.click();
            await page.getByRole("button", { name: /chat us.amazon/ }).click();
            await page.getByText("gen_ai.usage.input_tokens").waitFor();
            await page.getByText("bedrock POST").click();
            await page.getByText(PROMPT, { exact: true }).waitFor();
            expect(await visit.flaws("console")).to.deep.equal([]);
            const turned = page.waitForResponse(/\/switch$/);
            await page.getByLabel("Models refuse").click();
            await turned;
            expect(upstreams.control.faults().map(({ kind }) => kind)).to.deep.equal(["refuse"]);
            await page.setViewportSize({ width: 390, height: 844 });
            expect(await visit.flaws("console")).to.deep.equal([]);
            expect(visit.complaints).to.deep.equal([]);
            await visit.close();
        });
    });
});
