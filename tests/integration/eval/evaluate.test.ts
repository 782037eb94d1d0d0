/** The evaluation as a program has it, asking the made-up model, on which prompts have an effect. */
import { expect } from "chai";
import { defaultTextModelId } from "../../../contract/defaults.ts";
import { prompts as agentPrompts } from "../../../docker/story-generator/agents/prompts.ts";
import { prompts as imagePrompts } from "../../../docker/story-image-regen/prompts.ts";
import { prompts } from "../../../docker/story-text-regen/prompts.ts";
import { agentsWriter } from "../../../eval/agentsWriter.ts";
import { type Evaluation, type EvaluationOptions, evaluate, type Grade } from "../../../eval/evaluate.ts";
import { madeUpReply } from "../../../eval/madeUp/model.ts";
import { madeUpPictures } from "../../../eval/madeUp/pictures.ts";
import { type ModelClient, withoutBedrock } from "../../../eval/models.ts";
import { estimate } from "../../../eval/statistics.ts";
import { textWriter } from "../../../eval/textWriter.ts";
import { readWishes } from "../../../eval/wishes.ts";
import type { Writer } from "../../../eval/writer.ts";
import type { ConverseRequest, Reply } from "../../../standins/upstreams/model/reply.ts";
import { withoutFacts, withoutSlips, withoutSpeakers } from "../../kit/eval/worseAgentPrompts.ts";
import { prompts as worseImages } from "../../kit/eval/worseImagePrompts.ts";
import { prompts as worse } from "../../kit/eval/worsePrompts.ts";

const RUNS = 20;
const MAX_WRONG = 1;

const variant = (name: string, write: Writer, pictures = imagePrompts) => ({
    name,
    write,
    imagePrompts: pictures,
    modelId: defaultTextModelId,
});
const ofText: Writers = [textWriter(prompts), textWriter(worse)];
const ofAgents: Writers = [
    agentsWriter(agentPrompts),
    agentsWriter(withoutSpeakers),
    agentsWriter(withoutFacts),
    agentsWriter(withoutSlips),
];
type Writers = [own: Writer, ...worse: Writer[]];

function run(...options: Parameters<typeof optionsOf>): Promise<Evaluation> {
    return evaluate(optionsOf(...options));
}

function optionsOf(name: string, client: ModelClient, count = 30, [own, ...worse] = ofText): EvaluationOptions {
    return {
        wishes: readWishes().slice(0, count),
        base: variant("deployed", own),
        variants: [variant("same", own), ...worse.map((lower, at) => variant(`worse ${at}`, lower))],
        judgeModelId: defaultTextModelId,
        client,
        run: name,
        signal: new AbortController().signal,
        onProgress: () => {},
    };
}

describe("The evaluation", () => {
    const onStories = (whose: Writers) => (name: string) => run(name, withoutBedrock(madeUpReply), 30, whose);
    const onPictures = async (name: string) => {
        const [own] = ofText;
        const { wishes, ...options } = optionsOf(name, withoutBedrock(madeUpReply));
        const { judge, grades } = await evaluate({
            ...options,
            wishes: wishes.filter(({ story_type }) => story_type === "visual").slice(0, 12),
            variants: [variant("same", own, { ...imagePrompts }), variant("worse", own, worseImages)],
            pictures: madeUpPictures(),
        });
        expect(grades.map(({ comparison }) => comparison?.verdict)).to.deep.equal([
            undefined,
            "no change",
            "no change",
        ]);
        return { judge, grades: grades.map(({ name, picture }) => ({ name, comparison: picture?.comparison })) };
    };
    for (const [whose, graded] of [
        ["the text function", onStories(ofText)],
        ["the agents", onStories(ofAgents)],
        ["pictures", onPictures],
    ] as [
        string,
        (name: string) => Promise<Pick<Evaluation, "judge"> & { grades: Pick<Grade, "name" | "comparison">[] }>,
    ][]) {
        it(`finds worse prompts of ${whose}, and no difference between prompts and themselves, in ${RUNS - MAX_WRONG} of ${RUNS} runs`, async function () {
            this.timeout(120_000);
            const wrong: Record<string, number> = {};
            for (let at = 0; at < RUNS; at += 1) {
                const { judge, grades } = await graded(`run-${at}`);
                expect(judge.reliable, `run ${at}`).to.equal(true);
                for (const { name, comparison } of grades.slice(1)) {
                    const isRight = comparison?.verdict === (name === "same" ? "no change" : "drop");
                    wrong[name] = (wrong[name] ?? 0) + (isRight ? 0 : 1);
                }
            }
            for (const [name, times] of Object.entries(wrong)) {
                expect(times, name).to.be.at.most(MAX_WRONG);
            }
        });
    }

    it("believes no judge that answers nonsense, or that always prefers the first", async () => {
        const isJudged = ({ system }: ConverseRequest) => system?.some(({ text }) => text?.startsWith("You judge"));
        const nonsense = (request: ConverseRequest): Reply =>
            isJudged(request) ? { content: [{ text: "Purple." }], stopReason: "end_turn" } : madeUpReply(request);
        const { judge } = await run("nonsense", withoutBedrock(nonsense), 2);
        expect(judge).to.include({ reliable: false, share: 0 });
        expect(judge.nonsense).to.equal(judge.asked).and.be.greaterThan(0);
        const biased = (request: ConverseRequest): Reply => {
            const said = madeUpReply(request);
            const [{ toolUse } = {}] = said.content;
            return isJudged(request) && toolUse && "better" in (toolUse.input as object)
                ? { ...said, content: [{ toolUse: { ...toolUse, input: { better: "first" } } }] }
                : said;
        };
        const { judge: second } = await run("biased", withoutBedrock(biased), 2);
        expect(second).to.include({ reliable: false, nonsense: 0 });
    });

    it("tries the judge on pictures with spoiled texts, and finds one to whom any picture fits", async () => {
        const judge = async (model: typeof madeUpReply) =>
            evaluate({ ...optionsOf("pictures", withoutBedrock(model), 10), pictures: madeUpPictures() });
        const { judge: good, grades } = await judge(madeUpReply);
        expect(good.right.picture).to.equal(good.of.picture).and.be.above(3);
        expect(grades.map(({ picture }) => picture?.of)).to.deep.equal(grades.map(() => 6));
        expect(grades.map(({ picture }) => picture?.comparison?.verdict)).to.include("too few wishes");
        const { judge: pleased } = await judge((request) => {
            const said = madeUpReply(request);
            const [{ toolUse } = {}] = said.content;
            return toolUse && "fit" in (toolUse.input as object)
                ? { ...said, content: [{ toolUse: { ...toolUse, input: { fit: 5 } } }] }
                : said;
        });
        expect(pleased).to.include({ reliable: false });
        expect(pleased.right.picture).to.equal(0);
    });

    it("counts a story that breaks the contract's rules to the end as worse than any, and says why", async () => {
        const broken = (request: ConverseRequest): Reply => {
            const said = madeUpReply(request);
            const isWorse = request.messages?.some(({ content }) =>
                content.some(({ text }) => text?.includes("Write the whole story") && !text.includes("sound alike")),
            );
            const [{ toolUse } = {}] = said.content;
            return isWorse && toolUse
                ? {
                      ...said,
                      content: [{ toolUse: { ...toolUse, input: { ...(toolUse.input as object), story_parts: [] } } }],
                  }
                : said;
        };
        const { grades } = await run("broken", withoutBedrock(broken), 10);
        const [base, , worst] = grades;
        expect(base).to.include({ kept: 10, asked: 10 });
        expect(worst).to.include({ kept: 0, asked: 10 });
        expect(worst?.comparison).to.include({ worse: 10, verdict: "drop" });
        expect(Object.keys(worst?.failures ?? {})).to.have.length(10);
        expect(Object.values(worst?.failures ?? {}).join()).to.contain("story_parts");
    });

    it("fails when the model can't be asked at all: that says nothing of the prompts", async () => {
        const gone = {
            send: async () =>
                Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException", $fault: "client" })),
        };
        const error = await run("gone", gone as unknown as ModelClient, 1).catch((it) => it);
        expect(error).to.include({ error: "model_unavailable" });
    });

    it("counts the tokens of each version's own calls", async () => {
        const { grades } = await run("tokens", withoutBedrock(madeUpReply), 2);
        // Worse prompts are shorter ones.
        const [base, same, lower] = grades.map(({ tokens }) => tokens);
        expect(base?.in)
            .to.equal(same?.in)
            .and.be.greaterThan(lower?.in ?? 0);
        expect(lower?.out).to.be.greaterThan(0);
    });

    it("has intervals that hold the truth in about 19 of 20 samples", () => {
        // Preferences of 30 wishes, drawn where the truth is 0.
        let seed = 1;
        const random = () => {
            seed = (seed * 48271) % 2147483647;
            return seed / 2147483647;
        };
        const samples = Array.from({ length: 200 }, () =>
            estimate(Array.from({ length: 30 }, () => [-1, -0.5, 0, 0, 0.5, 1][Math.floor(random() * 6)] ?? 0)),
        );
        const holding = samples.filter(({ low, high }) => low <= 0 && high >= 0).length;
        expect(holding / samples.length)
            .to.be.at.least(0.9)
            .and.at.most(0.99);
    });
});
