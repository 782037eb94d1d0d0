/** What the service answers, and what becomes of a run, where a bound is reached. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    AdminAddUserToGroupCommand,
    CognitoIdentityProviderClient,
    CreateGroupCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { expect } from "chai";
import type { ReachedBound, StoryUsage } from "../../../../contract/usage.ts";
import { versionOf } from "../../../../docker/shared/prompts.ts";
import { Ledger } from "../../../../docker/shared/usage/ledger.ts";
import { prompts } from "../../../../docker/story-generator/agents/prompts.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";
import type { SpanLine } from "../../../../standins/upstreams/traces.ts";
import { AGENTS, Scene, WISH } from "../../../kit/agent/scene.ts";
import { PASSWORD, read, ServiceProcess } from "../../../kit/agent/world.ts";
import { embeddedMetrics } from "../../../kit/cloudWatch.ts";
import { createUsageTable, documentClient, USAGE_TABLE } from "../../../kit/usage.ts";

const GENERATE = "/api/v1/story/generate-pipeline";

describe("a bound of what may be used", function () {
    this.timeout(120_000);
    const scene = new Scene();
    let bedrock: Upstreams;
    let folder: string;
    let service: ServiceProcess | undefined;

    before(async () => {
        await createUsageTable(scene.world.emulator.url);
        folder = mkdtempSync(join(tmpdir(), "story-42-bounds-"));
        bedrock = await startUpstreams({ tracesFile: join(folder, "spans.jsonl") });
    });
    afterEach(async () => {
        await service?.end();
        bedrock.control.reset();
    });
    after(async () => {
        await bedrock.stop();
        rmSync(folder, { recursive: true });
    });

    async function start(bounds: object, overrides: Record<string, string> = {}): Promise<ServiceProcess> {
        service = await ServiceProcess.start(scene.world, {
            USAGE_TABLE,
            BOUNDS: JSON.stringify(bounds),
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.bedrockUrl,
            ...overrides,
        });
        return service;
    }
    type Refusal = { bound?: ReachedBound; message: string };
    const usageOf = async (by: ServiceProcess, id: unknown, token: string): Promise<StoryUsage> => {
        const answer = (await (await by.get(`/api/v1/stories/${id}`, token)).json()) as { usage: StoryUsage };
        return answer.usage;
    };

    it("is none where none is set, and the story says what it used, at the prices that are known", async () => {
        const its = await start({});
        const events = await its.makeStory(scene.ann.idToken, WISH);
        expect(events.at(-1)).to.include({ type: "complete" });
        const usage = await usageOf(its, events[0]?.session_id, scene.ann.idToken);
        const turns = bedrock.requests("bedrock").length;
        expect(usage).to.include({ calls: turns + usage.searches, unmetered_calls: 0, unpriced_calls: 0, pictures: 0 });
        expect(usage.searches).to.be.above(0);
        const { input_tokens, output_tokens } = usage;
        expect(usage.usd).to.be.closeTo((input_tokens * 0.8 + output_tokens * 3.2) / 1_000_000, 1e-7 * usage.calls);
        const told = embeddedMetrics(its.logs.join("")).filter(({ name }) => name === "usd");
        expect(told.reduce((sum, { value }) => sum + value, 0)).to.be.closeTo(usage.usd, 1e-9);
        expect(told[0]?.dimensions).to.deep.equal({
            service: "usage",
            project: "story-42",
            environment: "development",
        });
    });

    it("says by which version of the prompts: the story, the ledger and the spans of the models' calls", async () => {
        const its = await start({}, { TRACING: "on", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: bedrock.tracesUrl });
        const events = await its.makeStory(scene.ann.idToken, WISH);
        const id = String(events[0]?.session_id);
        const version = versionOf(prompts);
        const story = await read(await its.get(`/api/v1/stories/${id}`, scene.ann.idToken));
        expect(story.data.metadata.prompt_versions).to.deep.equal([version]);
        const ledger = new Ledger(documentClient(scene.world.emulator.url), USAGE_TABLE);
        const { sub } = JSON.parse(Buffer.from(scene.ann.idToken.split(".")[1] ?? "", "base64url").toString());
        const rows = (await ledger.ofStory(sub, id)).filter(({ output_tokens }) => output_tokens > 0);
        expect(rows.map(({ prompt_versions }) => prompt_versions)).to.deep.equal([[version]]);
        // The last spans are sent as the service ends.
        await its.end();
        const spans = readFileSync(join(folder, "spans.jsonl"), "utf8")
            .trimEnd()
            .split("\n")
            .map((line): SpanLine => JSON.parse(line));
        for (const name of ["invoke_agent writer", "chat us.amazon.nova-pro-v1:0"]) {
            const its = spans.filter((span) => span.name === name);
            expect(its, name).to.not.deep.equal([]);
            const versions = new Set(its.map(({ attributes }) => attributes["story42.prompt_version"]));
            expect([...versions], name).to.deep.equal([version]);
        }
    });

    it("counts calls of a model that does not say what it used apart, and none as zero", async () => {
        const its = await start({}, { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: scene.upstreams.url });
        const before = scene.upstreams.calls("model");
        const events = await its.makeStory(scene.ann.idToken, WISH);
        const usage = await usageOf(its, events[0]?.session_id, scene.ann.idToken);
        expect(usage).to.include({ unmetered_calls: scene.upstreams.calls("model") - before, input_tokens: 0, usd: 0 });
    });

    it("refuses one story too many, also of 50 that one person begins at once, and says when there are more", async () => {
        const its = await start({ dailyStoriesPerPerson: 3 }, { MAX_RUNS_PER_USER: "50" });
        const wishes = Array.from({ length: 50 }, () => its.post(GENERATE, scene.ann.idToken, WISH));
        const answers = await Promise.all(wishes);
        const refused = answers.filter(({ status }) => status === 429);
        expect(answers.filter(({ status }) => status === 200)).to.have.lengthOf(3);
        expect(refused).to.have.lengthOf(47);
        const [first = expect.fail()] = refused;
        const { bound, message } = (await first.json()) as Refusal;
        expect(bound).to.include({ name: "dailyStoriesPerPerson", limit: 3, left: 0 });
        expect(message).to.match(/^You can make 3 stories a day\. You can make the next one on \d+ \w+ \(UTC\)\.$/);
        const seconds = Number(first.headers.get("retry-after"));
        expect(Date.parse(String(bound?.resets_at)) - Date.now()).to.be.within((seconds - 60) * 1_000, seconds * 1_000);
        expect(seconds).to.be.within(1, 86_400);

        // What has begun can be gone on with, and heard to its end.
        const made = await Promise.all(answers.filter(({ status }) => status === 200).map((answer) => answer.text()));
        const id = /"session_id":"([^"]+)"/.exec(made[0] ?? "")?.[1];
        expect((await its.makeStory(scene.ann.idToken, { session_id: id })).at(-1)).to.include({ type: "complete" });
    });

    it("ends a run with what is finished, saved, which the next goes on from", async () => {
        const its = await start({ tokensPerRun: 9_000 });
        let events = await its.makeStory(scene.bob.idToken, WISH);
        const id = events[0]?.session_id;
        const stages: number[] = [];
        while (events.at(-1)?.type !== "complete") {
            expect(events.at(-1)).to.include({ type: "error", resumable: true });
            expect(events.at(-1)?.message).to.contain("What is finished is saved");
            expect(events.at(-1)?.bound).to.include({ name: "tokensPerRun", limit: 9_000 });
            const { data } = await scene.session(id, scene.bob.idToken);
            expect(data.status).to.equal("interrupted");
            stages.push(data.completed_stages.length);
            expect(stages).to.have.length.below(20);
            events = await its.makeStory(scene.bob.idToken, { session_id: id });
        }
        expect(stages).to.have.length.above(0);
        expect(stages).to.deep.equal(stages.toSorted((one, other) => one - other));
        const { data } = await scene.session(id, scene.bob.idToken);
        expect(data.completed_stages).to.deep.equal(AGENTS);
    });

    it("ends a run that takes too long", async () => {
        const its = await start({ secondsPerRun: 1 });
        bedrock.control.fault({ upstream: "bedrock", kind: "stall", times: 0 });
        const events = await its.makeStory(scene.bob.idToken, WISH);
        expect(events.at(-1)).to.deep.include({ type: "error", resumable: true });
        expect(events.at(-1)?.bound).to.include({ name: "secondsPerRun" });
    });

    it("refuses a person, and all but administrators where the stack has used up its day", async () => {
        // What the tests before used is far above a hundredth of a cent.
        const prices = { "amazon.nova-pro-v1:0": { unit: "million tokens", input: 1_000, output: 1_000 } };
        const its = await start({ dailyUsd: 1 }, { PRICES: JSON.stringify(prices) });
        await its.makeStory(scene.ann.idToken, WISH);
        const answer = await until429(() => its.post(GENERATE, scene.bob.idToken, WISH));
        expect(((await answer.json()) as Refusal).bound?.name).to.equal("dailyUsd");
        expect(Number(answer.headers.get("retry-after"))).to.be.above(0);

        const cognito = new CognitoIdentityProviderClient({
            region: "us-east-1",
            endpoint: scene.world.emulator.url,
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
        const UserPoolId = scene.world.env.COGNITO_USER_POOL_ID;
        await cognito.send(new CreateGroupCommand({ UserPoolId, GroupName: "admin" }));
        const member = { UserPoolId, GroupName: "admin", Username: scene.bob.email };
        await cognito.send(new AdminAddUserToGroupCommand(member));
        const signedIn = await its.post("/api/v1/auth/signin", undefined, {
            email: scene.bob.email,
            password: PASSWORD,
        });
        const { id_token } = await read(signedIn);
        expect((await its.makeStory(id_token, WISH)).at(-1)).to.include({ type: "complete" });
    });

    /** Sums of the whole stack are some seconds old. */
    async function until429(ask: () => Promise<Response>): Promise<Response> {
        for (;;) {
            const answer = await ask();
            if (answer.status === 429) {
                return answer;
            }
            await answer.text();
        }
    }
});
