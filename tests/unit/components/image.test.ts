import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { StoryImage, type StoryImageArgs, type Transform } from "../../../components/index.ts";
import { promiseOf } from "../../../testing/index.ts";
import { modes, type Registrations, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const ref = `registry.example.com/story@sha256:${"b".repeat(64)}`;
const imageArgs: StoryImageArgs = {
    ...naming,
    repositoryName: "story-42-lambda-dev",
    context: ".",
    dockerfile: "docker/x/Dockerfile",
};
const imageType = "docker-build:index:Image";

/** The address that the one image is pushed to. */
function pushedTo(resources: Registrations): string {
    return resources.one(imageType).inputs.exports[0].registry.names[0];
}

for (const options of modes) {
    describe(`StoryImage (${options.mode})`, () => {
        it("builds at preview and pushes by digest to its own repository", async () => {
            const { resources } = await run(() => new StoryImage("text", imageArgs), options);
            const image = resources.one(imageType);
            expect(image.inputs).to.deep.include({ push: false, buildOnPreview: true, platforms: ["linux/amd64"] });
            expect(image.inputFrom("exports")).to.deep.equal(["text-repository"]);
            expect(image.retainOnDelete).to.equal(true);
            expect(image.secretInputs).to.include("registries");
        });

        it("knows what it pushes, where, and as whom from the first preview on", async () => {
            const { resources } = await run(() => new StoryImage("text", { ...imageArgs, cache: true }), options);
            const { inputs, unknownInputs } = resources.one(imageType);
            const address = "123456789012.dkr.ecr.us-east-1.amazonaws.com/story-42-lambda-dev";
            expect(unknownInputs).to.deep.equal([]);
            expect(inputs.exports[0].registry.names).to.deep.equal([address]);
            expect(inputs.registries).to.deep.equal([{ address, username: "AWS", password: "registry-password" }]);
            expect(inputs.cacheFrom[0].registry.ref).to.equal(`${address}:cache`);
            // There is no repository to keep layers in yet.
            expect(inputs.cacheTo[0].registry.ignoreError).to.equal(true);
        });

        for (const [title, change, expected] of [
            ["another name", { name: "renamed" }, "us-east-1.amazonaws.com/renamed"],
            ["another region", { region: "eu-west-1" }, "eu-west-1.amazonaws.com/story-42-lambda-dev"],
            ["another partition", { region: "cn-north-1" }, "cn-north-1.amazonaws.com.cn/story-42-lambda-dev"],
        ] as const) {
            it(`follows a repository of ${title}`, async () => {
                const args = { ...imageArgs, transform: { repository: change } };
                const { resources } = await run(() => new StoryImage("text", args), options);
                expect(pushedTo(resources)).to.equal(`123456789012.dkr.ecr.${expected}`);
            });
        }

        for (const [title, image] of [
            ["the component", (west: aws.Provider) => new StoryImage("text", imageArgs, { providers: [west] })],
            [
                "the repository alone",
                (west: aws.Provider) => {
                    const repository: Transform<aws.ecr.RepositoryArgs> = (_args, opts) => {
                        opts.provider = west;
                    };
                    return new StoryImage("text", { ...imageArgs, transform: { repository } });
                },
            ],
        ] as const) {
            it(`signs in by the provider of ${title}`, async () => {
                const { resources } = await run(
                    () => image(new aws.Provider("west", { region: "us-west-2" })),
                    options,
                );
                expect(pushedTo(resources)).to.match(/^123456789012\.dkr\.ecr\.us-west-2\.amazonaws\.com/);
            });
        }

        it("pushes to another registry where one is given, and signs in as it says", async () => {
            const registry = { address: "127.0.0.1:5000", username: "somebody", password: "a password" };
            const { resources } = await run(() => new StoryImage("text", { ...imageArgs, registry }), options);
            const { inputs, unknownInputs, secretInputs } = resources.one(imageType);
            expect(pushedTo(resources)).to.equal("127.0.0.1:5000/story-42-lambda-dev");
            expect(inputs.registries[0]).to.include({ username: "somebody", password: "a password" });
            expect(secretInputs).to.deep.equal(["registries"]);
            expect(unknownInputs).to.deep.equal([]);
        });

        it("keeps the cache by a rule of its own, and the newest images", async () => {
            const rules = async (change: Partial<StoryImageArgs>) => {
                const { resources } = await run(() => new StoryImage("text", { ...imageArgs, ...change }), options);
                const { policy } = resources.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs;
                return JSON.parse(policy).rules.map((rule: { selection: Record<string, unknown> }) => rule.selection);
            };
            const countType = "imageCountMoreThan";
            const keepCache = { tagStatus: "tagged", tagPatternList: ["cache"], countType, countNumber: 1 };
            const newest = (countNumber: number) => ({ tagStatus: "any", countType, countNumber });
            expect(await rules({})).to.deep.equal([keepCache, newest(40)]);
            // Each image leaves an older cache behind.
            expect(await rules({ cache: true, keepImages: 5 })).to.deep.equal([keepCache, newest(10)]);
            // The one that is named may be older than any number of others.
            expect(await rules({ existingImage: ref })).to.deep.equal([keepCache]);
        });

        it("keeps tags immutable but for the cache's, and scans", async () => {
            const { resources } = await run(() => new StoryImage("text", imageArgs), options);
            const repository = resources.one("aws:ecr/repository:Repository").inputs;
            expect(repository).to.deep.include({
                imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
                imageScanningConfiguration: { scanOnPush: true },
                forceDelete: false,
            });
            expect(repository.tags).to.include({ Project: "story-42", Environment: "dev" });
        });

        it("builds nothing where an image is given", async () => {
            const { resources, result } = await run(
                () => new StoryImage("text", { ...imageArgs, existingImage: ref }),
                options,
            );
            expect(resources.ofType(imageType)).to.deep.equal([]);
            expect(await promiseOf(result.ref)).to.equal(ref);
        });
    });
}

describe("arguments that StoryImage rejects", () => {
    for (const [title, make, expected] of [
        [
            "an absolute context",
            () => new StoryImage("i", { ...imageArgs, context: "/src" }),
            /absolute path; it must be relative/,
        ],
        [
            "an image by tag",
            () => new StoryImage("i", { ...imageArgs, existingImage: "a:latest" }),
            /existingImage is "a:latest"; it must be REPOSITORY@sha256/,
        ],
        [
            "a user of a registry without a password",
            () => new StoryImage("i", { ...imageArgs, registry: { address: "127.0.0.1:5000", username: "somebody" } }),
            /registry has one of username and password; it must have both/,
        ],
        [
            "no source at all",
            () => new StoryImage("i", { ...imageArgs, context: undefined }),
            /context and existingImage are both missing/,
        ],
        [
            "a repository in capitals",
            () => new StoryImage("i", { ...imageArgs, repositoryName: "Story" }),
            /repositoryName is "Story"; AWS allows lower-case/,
        ],
    ] as const) {
        it(title, async () => {
            expect(await run(make).catch(String)).to.match(expected);
        });
    }
});
