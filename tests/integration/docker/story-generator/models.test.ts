/** The agents' own code against a Bedrock that refuses what the real one refuses, model by model. */
import { expect } from "chai";
import * as z from "zod";
import { versionOf } from "../../../../docker/shared/prompts.ts";
import type { Ledger, LedgerCall } from "../../../../docker/shared/usage/ledger.ts";
import { Meter } from "../../../../docker/shared/usage/meter.ts";
import { AgentError, Agents, ModelUnavailable } from "../../../../docker/story-generator/agents/ask.ts";
import { createModels } from "../../../../docker/story-generator/agents/models.ts";
import { prompts } from "../../../../docker/story-generator/agents/prompts.ts";
import type { FaultInput } from "../../../../standins/upstreams/faults.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";

const NOVA = "us.amazon.nova-pro-v1:0";
const CLAUDE = "us.anthropic.claude-sonnet-4-6";
const answer = z.strictObject({
    title: z.string().min(1).max(200),
    chapters: z.array(z.strictObject({ title: z.string().max(200) })).max(20),
});

describe("an agent's question to a model on Bedrock", function () {
    this.timeout(60_000);
    let upstreams: Upstreams;
    let failed: string[] = [];

    before(async () => {
        upstreams = await startUpstreams();
    });
    beforeEach(() => {
        upstreams.control.reset();
        failed = [];
    });
    after(() => upstreams.stop());

    const fault = (input: Omit<FaultInput, "upstream">) => upstreams.control.fault({ upstream: "bedrock", ...input });
    const asked = () => upstreams.requests("bedrock").map(({ path }) => decodeURIComponent(path.split("/")[2] ?? ""));

    function ask(...modelIds: [string, ...string[]]) {
        return askWith({}, ...modelIds);
    }

    function askWith(
        { inferenceProfiles, its = prompts }: { inferenceProfiles?: Record<string, string>; its?: typeof prompts },
        ...modelIds: [string, ...string[]]
    ) {
        const models = createModels({
            modelIds,
            inferenceProfiles,
            maxTokens: 65_536,
            region: "us-east-1",
            clientConfig: {
                endpoint: upstreams.bedrockUrl,
                credentials: { accessKeyId: "test", secretAccessKey: "test" },
                maxAttempts: 2,
            },
        });
        const agents = new Agents(models, 20_000, (_agent, model) => failed.push(model), undefined, its);
        const values = { characters: 3, chapters: 3 };
        const signal = AbortSignal.timeout(30_000);
        return agents.ask({ agent: "planning", values, data: { topic: "foxes" }, answer, signal });
    }

    it("is asked by the prompts that are given, with their values, and the ledger has their version", async () => {
        const calls: LedgerCall[] = [];
        const ledger = { begin: async (call: LedgerCall) => void calls.push(call), end: async () => undefined };
        const nothing = () => undefined;
        const pricing = { region: "us-east-1", own: {} };
        const meter = new Meter({ ledger: ledger as unknown as Ledger, pricing, onUsed: nothing, onError: nothing });
        const planning = { role: "You plan for {characters}.", task: "Plan {chapters} chapters." };
        const changed = { ...prompts, planning };
        for (const its of [prompts, changed]) {
            await meter.as({ userId: "ann", story: "story" }, () => askWith({ its }, NOVA));
        }
        const [version, other] = [versionOf(prompts), versionOf(changed)];
        expect(other).to.not.equal(version);
        expect(calls.map(({ promptVersion }) => promptVersion)).to.deep.equal([version, other]);
        const [, second] = upstreams.requests("bedrock").map(({ body }) => JSON.stringify(body));
        expect(second).to.contain("You plan for 3.").and.contain("Plan 3 chapters.").and.contain(prompts.answer);
    });

    async function failureOf(work: Promise<unknown>): Promise<Error> {
        return work.then(
            () => expect.fail("it answered"),
            (error) => error,
        );
    }

    for (const model of [
        NOVA,
        CLAUDE,
        "us.anthropic.claude-opus-4-7",
        "openai.gpt-oss-120b-1:0",
        "mistral.mistral-large-2407-v1:0",
        "us.meta.llama3-3-70b-instruct-v1:0",
        "qwen.qwen3-32b-v1:0",
    ]) {
        it(`is one that ${model} takes, a repair included`, async () => {
            fault({ kind: "nonsense" });
            expect(await ask(model)).to.have.keys("title", "chapters");
            expect(upstreams.requests("bedrock").map(({ status }) => status)).to.deep.equal([200, 200]);
        });

        it(`is one that ${model} takes after it answered in text`, async () => {
            fault({ kind: "nonsense", reason: "text" });
            expect(await ask(model)).to.have.keys("title", "chapters");
            expect(new Set(upstreams.requests("bedrock").map(({ status }) => status))).to.deep.equal(new Set([200]));
        });
    }

    it("is asked by the model's inference profile, and says the model's own id when that fails", async () => {
        const profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl";
        upstreams.control.findInferenceProfile = async (arn) =>
            arn === profile
                ? ["us-east-1", "us-west-2"].map(
                      (region) => `arn:aws:bedrock:${region}::foundation-model/amazon.nova-pro-v1:0`,
                  )
                : undefined;
        expect(await askWith({ inferenceProfiles: { [NOVA]: profile } }, NOVA)).to.have.keys("title", "chapters");
        expect(asked()).to.deep.equal([profile]);
        upstreams.control.findInferenceProfile = async () => undefined;
        expect(await askWith({ inferenceProfiles: { [NOVA]: profile } }, NOVA, CLAUDE)).to.have.keys(
            "title",
            "chapters",
        );
        expect(failed).to.deep.equal([NOVA]);
        expect(asked().at(-1)).to.equal(CLAUDE);
    });

    for (const midway of [false, true]) {
        it(`is asked again when the model broke down${midway ? " in the middle of its answer" : ""}`, async () => {
            fault({ kind: "error", status: 424, midway });
            await ask(NOVA);
            expect(asked()).to.deep.equal([NOVA, NOVA]);
        });
    }

    it("goes to another model when one broke down twice", async () => {
        fault({ kind: "error", status: 424, times: 0, match: "nova" });
        await ask(NOVA, CLAUDE);
        expect(asked()).to.deep.equal([NOVA, NOVA, CLAUDE]);
        expect(failed).to.deep.equal([NOVA]);
    });

    it("ends with the breakdown where there is no other model", async () => {
        fault({ kind: "error", status: 424, times: 0 });
        expect(await failureOf(ask(NOVA))).to.be.instanceOf(AgentError);
    });

    for (const [model, status, why] of [
        ["us.amazon.nova-premier-v1:0", undefined, "gone"],
        ["eu.amazon.nova-pro-v1:0", undefined, "gone"],
        [NOVA, 404, "gone"],
        [NOVA, 403, "refused"],
    ] as const) {
        it(`goes to another model when ${model} is ${why} (${status ?? "by its id"}), and says so where there is none`, async () => {
            if (status) {
                fault({ kind: "error", status, times: 0, match: "nova" });
            }
            expect(await failureOf(ask(model)))
                .to.be.instanceOf(ModelUnavailable)
                .and.include({ model, why });
            upstreams.control.heal();
            if (status) {
                fault({ kind: "error", status, times: 0, match: "nova" });
            }
            await ask(model, CLAUDE);
            expect(asked()).to.deep.equal([model, model, CLAUDE]);
        });
    }

    it("waits when the model is throttled beyond the client's own tries", async () => {
        fault({ kind: "throttle", times: 3 });
        await ask(NOVA);
        expect(asked()).to.have.length(4);
    });
});
