/** The text and picture functions' own code against upstreams that refuse what the real ones refuse, model by model. */
import { expect } from "chai";
import type { ApiError } from "../../../../docker/shared/apiErrors.ts";
import type { OperationHandler } from "../../../../docker/shared/apiHandler.ts";
import { versionOf } from "../../../../docker/shared/prompts.ts";
import { prompts } from "../../../../docker/story-text-regen/prompts.ts";
import type { FaultInput } from "../../../../standins/upstreams/faults.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";

const NOVA = "us.amazon.nova-pro-v1:0";
const GPT = "openai.gpt-oss-120b-1:0";
const LIVING = [
    NOVA,
    "us.amazon.nova-2-lite-v1:0",
    GPT,
    "us.anthropic.claude-sonnet-4-6",
    "us.anthropic.claude-opus-4-7",
    "mistral.mistral-large-2407-v1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "qwen.qwen3-32b-v1:0",
];

const prompt_version = versionOf(prompts);
const caller = { sub: "ann", email: "ann@example.com", username: "ann" };
const parts = ["beginning", "middle", "end"].map((story_part) => ({
    story_part,
    story_part_summary: `What happens in the ${story_part}`,
    story_part_speakers: ["Narrator"],
}));
const shape = {
    genre: "fantasy",
    reading_level: "grade 4",
    tone: "warm",
    story_type: "visual",
    number_of_speakers: 3,
    panels: 3,
    job_id: "job-1",
};
const segment = { segment_num: 1, segment_content: "Once upon a time", speaker: "Narrator" };
const bodies: Record<string, Record<string, unknown>> = {
    generateStoryOutline: { ...shape, user_input_description: "A fox who is afraid of the dark" },
    generateStory: { ...shape, story_outline_description: parts },
    regenerateSegment: {
        ...shape,
        user_request: "Make it funnier",
        original_story_segments: [segment],
        original_story_segment_num: 1,
        original_story_segment: segment,
    },
    generateTopicsIdeas: { genre: "fiction", topics: "lighthouses, letters" },
};

describe("a model on Bedrock, asked by the text function", function () {
    this.timeout(30_000);
    let upstreams: Upstreams;
    let failed: { model: string; error: string }[] = [];

    before(async () => {
        upstreams = await startUpstreams();
        Object.assign(process.env, {
            AWS_REGION: "us-east-1",
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreams.bedrockUrl,
            GOOGLE_GEMINI_BASE_URL: upstreams.geminiUrl,
            UPSTREAM_TIMEOUT_MS: "1500",
        });
    });
    beforeEach(() => {
        upstreams.control.reset();
        failed = [];
    });
    after(() => upstreams.stop());

    const fault = (input: Omit<FaultInput, "upstream">) => upstreams.control.fault({ upstream: "bedrock", ...input });
    const askedModels = () =>
        upstreams.requests("bedrock").map(({ path }) => decodeURIComponent(path.split("/")[2] ?? ""));

    async function ask(
        models: [string, ...string[]],
        {
            operation = "generateTopicsIdeas",
            modelId,
            maxTokens = 4_096,
        }: Record<string, string | number> & object = {},
    ): ReturnType<OperationHandler> {
        const { createBedrock } = await import("../../../../docker/shared/bedrock.ts");
        const { textHandlers: textAnswers } = await import("../../../../docker/story-text-regen/handlers.ts");
        const answers = textAnswers({
            bedrock: createBedrock(),
            models,
            maxTokens: Number(maxTokens),
            onFailedModel: (model, error) => failed.push({ model, error: error.error }),
        });
        const found = answers.find((one) => one.operation.name === operation);
        const body = { ...bodies[operation as string], ...(modelId ? { model_id: modelId } : {}) };
        const answer = found?.handle ?? expect.fail(`nothing answers ${operation}`);
        return answer(body, caller, AbortSignal.timeout(20_000), { id: "call", isNamed: false });
    }

    async function failureOf(work: Promise<unknown>): Promise<ApiError> {
        return work.then(
            (answer) => expect.fail(`it answered ${JSON.stringify(answer)}`),
            (error) => error,
        );
    }

    for (const model of LIVING) {
        for (const operation of Object.keys(bodies)) {
            it(`${operation}: ${model} takes the tool's schema, the parameters and a repair`, async () => {
                fault({ kind: "nonsense" });
                const answer = await ask([model], { operation, maxTokens: 65_536 });
                expect(answer.metadata)
                    .to.include({ model_id: `bedrock/${model}` })
                    .and.not.have.property("requested_model_id");
                expect(upstreams.requests("bedrock").map(({ status }) => status)).to.deep.equal([200, 200]);
            });
        }
    }

    it("gets from Nova what Nova's guide advises for tools", async () => {
        await ask([NOVA]);
        const [call] = upstreams.requests("bedrock");
        const { inferenceConfig, additionalModelRequestFields } = (call?.body ?? {}) as Record<string, object>;
        expect(inferenceConfig).to.deep.equal({ maxTokens: 4_096, temperature: 0 });
        expect(additionalModelRequestFields).to.deep.equal({ inferenceConfig: { topK: 1 } });
    });

    it("is asked once more when it broke down over a question", async () => {
        fault({ kind: "error", status: 424 });
        await ask([NOVA]);
        expect(askedModels()).to.deep.equal([NOVA, NOVA]);
    });

    it("is followed by another when it broke down twice, and the metadata names that one", async () => {
        fault({ kind: "error", status: 424, times: 2 });
        const { metadata } = await ask([NOVA, GPT]);
        expect(askedModels()).to.deep.equal([NOVA, NOVA, GPT]);
        expect(metadata).to.deep.equal({ model_id: `bedrock/${GPT}`, prompt_version });
        expect(failed).to.deep.equal([{ model: NOVA, error: "bad_upstream_answer" }]);
    });

    it("that broke down twice is a bad gateway where there is no other", async () => {
        fault({ kind: "error", status: 424, times: 0 });
        expect(await failureOf(ask([NOVA]))).to.include({ status: 502, error: "bad_upstream_answer" });
        expect(askedModels()).to.have.length(2);
    });

    for (const [what, model, set, words] of [
        ["is past its end of life", "us.amazon.nova-premier-v1:0", undefined, "no longer exists"],
        ["is none of the region's", "eu.amazon.nova-pro-v1:0", undefined, "no longer exists"],
        ["needs a profile in the region", "amazon.nova-2-lite-v1:0", undefined, "no longer exists"],
        ["is not allowed", NOVA, { kind: "error", status: 403, times: 0, match: "nova" }, "access to it is refused"],
        ["is legacy", NOVA, { kind: "error", status: 404, times: 0, match: "nova" }, "no longer exists"],
    ] as const) {
        it(`that ${what} is told by an error of its own, after one call`, async () => {
            if (set) {
                fault(set);
            }
            const error = await failureOf(ask([model]));
            expect(error).to.include({ status: 502, error: "model_unavailable" });
            expect(error.message).to.contain(model).and.contain(words);
            expect(error.logged).to.include({ model });
            expect(askedModels()).to.deep.equal([model]);
        });

        it(`that ${what} is replaced by another that the deployment has`, async () => {
            if (set) {
                fault(set);
            }
            const { metadata } = await ask([model, GPT]);
            expect(metadata).to.deep.equal({ model_id: `bedrock/${GPT}`, prompt_version });
            expect(failed).to.deep.equal([{ model, error: "model_unavailable" }]);
        });
    }

    for (const sent of [
        "bedrock/us.amazon.nova-pro-v1:0",
        "bedrock/openai.gpt-oss-120b-1:0",
        "bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0",
    ]) {
        it(`that earlier callers name, ${sent}, is answered for by the configured one where there is no such`, async () => {
            const { metadata } = await ask(["us.amazon.nova-lite-v1:0"], { modelId: sent });
            expect(metadata).to.deep.equal({
                model_id: "bedrock/us.amazon.nova-lite-v1:0",
                requested_model_id: sent,
                prompt_version,
            });
        });
    }

    it("writes itself when a caller names it and the deployment has it", async () => {
        const { metadata } = await ask([NOVA, GPT], { modelId: `bedrock/${GPT}` });
        expect(metadata).to.deep.equal({ model_id: `bedrock/${GPT}`, prompt_version });
        expect(askedModels()).to.deep.equal([GPT]);
    });

    for (const [said, seconds] of [
        [{ retryAfter: 7 }, 7],
        [{ message: "Too many tokens per day, please wait before trying again." }, 3_600],
        [{ message: "Too many requests, please wait before trying again." }, 30],
    ] as const) {
        it(`that is throttled (${JSON.stringify(said)}) is to be asked again in ${seconds} s`, async () => {
            fault({ kind: "throttle", times: 0, ...said });
            expect(await failureOf(ask([NOVA, GPT]))).to.include({ status: 429, retryAfter: seconds });
        });
    }

    describe("and a model that draws, asked by the picture function", () => {
        async function draw(model: string) {
            const { createPictureMaker } = await import("../../../../docker/shared/pictures.ts");
            return createPictureMaker("google-key", model).draw("a fox", [], AbortSignal.timeout(20_000));
        }

        it("is one that Google has, by default", async () => {
            const { defaultPictureModel } = await import("../../../../contract/pictureModels.ts");
            expect((await draw(defaultPictureModel)).mimeType).to.equal("image/png");
        });

        it("gives its picture, not the draft that it thought of first", async () => {
            const plain = await draw("gemini-nano-banana-2.1");
            upstreams.control.fault({ upstream: "gemini", kind: "nonsense", reason: "draft" });
            expect((await draw("gemini-nano-banana-2.1")).data.equals(plain.data)).to.equal(true);
        });

        for (const [what, model, words] of [
            ["was shut down", "gemini-2.5-flash-image", "no longer exists"],
            ["was shut down too", "gemini-3.1-flash-image", "no longer exists"],
            ["never was", "gemini-crayon-1", "no longer exists"],
        ] as const) {
            it(`is told by an error of its own, after one call, when it ${what}`, async () => {
                const error = await failureOf(draw(model));
                expect(error).to.include({ status: 502, error: "model_unavailable" });
                expect(error.message).to.contain(model).and.contain(words);
                expect(upstreams.requests("gemini")).to.have.length(1);
            });
        }

        for (const [status, message] of [
            [403, "Permission denied on resource project 42."],
            [400, "API key not valid. Please pass a valid API key."],
            [400, "User location is not supported for the API use."],
        ] as const) {
            it(`is refused (${status}, ${message})`, async () => {
                upstreams.control.fault({ upstream: "gemini", kind: "error", status, message, times: 0 });
                const error = await failureOf(draw("gemini-nano-banana-2.1"));
                expect(error).to.include({ status: 502, error: "model_unavailable" });
                expect(error.message).to.contain("access to it is refused");
                expect(upstreams.requests("gemini")).to.have.length(1);
            });
        }

        it("is to be asked again when Google says so", async () => {
            upstreams.control.fault({ upstream: "gemini", kind: "throttle", retryAfter: 41, times: 0 });
            expect(await failureOf(draw("gemini-nano-banana-2.1"))).to.include({ status: 429, retryAfter: 41 });
        });
    });
});
