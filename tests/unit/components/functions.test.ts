import { expect } from "chai";
import { StoryImage, StoryLambdas } from "../../../components/index.ts";
import { modes, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const ref = `registry.example.com/story@sha256:${"b".repeat(64)}`;

function lambdas(change: object = {}) {
    return new StoryLambdas("lambdas", {
        ...naming,
        functions: { text: { functionName: "story-42-text-dev", image: ref, ...change } },
    });
}

for (const options of modes) {
    describe(`StoryLambdas (${options.mode})`, () => {
        it("run the image that they are given, by digest, and nothing orders them but outputs", async () => {
            const { resources } = await run(() => {
                const image = new StoryImage("text", {
                    ...naming,
                    repositoryName: "story-42-lambda-dev",
                    context: ".",
                });
                return new StoryLambdas("lambdas", {
                    ...naming,
                    functions: { text: { functionName: "story-42-text-dev", image: image.ref } },
                });
            }, options);
            const made = resources.one("aws:lambda/function:Function");
            expect(made.inputFrom("imageUri")).to.include.members(["text-image", "text-repository"]);
            expect(resources.one("aws:lambda/alias:Alias").inputFrom("functionVersion")).to.deep.equal([
                "lambdas-text-function",
            ]);
        });

        it("have role, log group, dead letters, tracing and a live alias each; one more entry is one more function", async () => {
            const one = { image: ref };
            const functions = {
                text: { functionName: "text", ...one },
                image: { functionName: "image", ...one },
                fourth: { functionName: "fourth", ...one },
            };
            const { resources } = await run(() => new StoryLambdas("lambdas", { ...naming, functions }), options);
            for (const type of [
                "lambda/function:Function",
                "lambda/alias:Alias",
                "iam/role:Role",
                "cloudwatch/logGroup:LogGroup",
                "sqs/queue:Queue",
            ]) {
                expect(resources.ofType(`aws:${type}`), type).to.have.length(3);
            }
            for (const it of resources.ofType("aws:lambda/function:Function")) {
                expect(it.inputs).to.deep.include({
                    packageType: "Image",
                    publish: true,
                    tracingConfig: { mode: "Active" },
                });
            }
        });

        it("may do nothing beyond their own log, queue and traces", async () => {
            const { resources } = await run(() => lambdas(), options);
            for (const { inputs } of resources
                .ofType("aws:iam/rolePolicy:RolePolicy")
                .filter((it) => it.inputs.policy)) {
                for (const { Action, Resource } of JSON.parse(inputs.policy).Statement) {
                    expect(Action.join()).to.not.contain("*");
                    expect(Resource !== "*" || Action.every((action: string) => action.startsWith("xray:"))).to.equal(
                        true,
                    );
                }
            }
        });
    });
}

describe("arguments that StoryLambdas rejects", () => {
    for (const [title, make, expected] of [
        ["no functions", () => new StoryLambdas("l", { ...naming, functions: {} }), /functions is empty/],
        ["too much memory", () => lambdas({ memory: 20_000 }), /functions.text.memory is 20000; .*128 to 10240 MB/],
        [
            "a function's image by tag",
            () => lambdas({ image: "a:latest" }),
            /functions.text.image is "a:latest"; it must be an image by digest/,
        ],
    ] as const) {
        it(title, async () => {
            expect(await run(make).catch(String)).to.match(expected);
        });
    }
});
