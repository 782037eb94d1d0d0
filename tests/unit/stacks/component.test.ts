/** All of Story-42 as one component of another program. */
import { setImmediate } from "node:timers/promises";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { StoryImage } from "../../../components/index.ts";
import { Story42, type Story42Args } from "../../../stacks/component.ts";
import { checkProviderRegion } from "../../../stacks/providerRegion.ts";
import { runWithMocks, StoryMocks } from "../../../testing/index.ts";
import { modes, run } from "../../kit/monitor.ts";
import { sharedNames } from "../../kit/sharedNames.ts";

const image = (name: string) => `registry.example.com/${name}@sha256:${"c".repeat(64)}`;
const args: Omit<Story42Args, "environment"> = {
    region: "us-east-1",
    projectName: "stories",
    adminEmail: "admin@example.com",
    tech42TtsApiUrl: "https://tts.example.com",
    googleApiKey: "google-key-value",
    tech42TtsApiKey: "tts-key-value",
    images: { text: image("text"), image: image("image"), dataOps: image("data-ops"), agent: image("agent") },
};

const failure = async (change: Partial<Story42Args>): Promise<Error> => {
    const program = () => new Story42("story", { ...args, environment: "dev", ...change });
    return await run(program).then(
        () => expect.fail("it was made"),
        (error) => error,
    );
};

describe("Story42", () => {
    for (const { mode, preview } of modes) {
        it(`stands twice in one program without a clash (${mode})`, async () => {
            const { resources } = await run(
                () => {
                    for (const environment of ["live", "trial"]) {
                        new Story42(environment, { ...args, environment, production: environment === "live" });
                    }
                },
                { preview },
            );
            const made = resources.all.filter(({ urn }) => urn.includes("story42:index:Story42$"));
            const named = (environment: string) => made.filter(({ name }) => name.startsWith(`${environment}-`));
            expect(named("live").length + named("trial").length).to.equal(made.length);
            expect(named("trial")).to.have.length.greaterThan(100);
            expect(new Set(made.map(({ urn }) => urn)).size).to.equal(made.length);
            expect(sharedNames(made)).to.deep.equal([]);
        });
    }

    it("takes secrets that are outputs, and keeps them secret", async () => {
        const { resources } = await run(
            () =>
                new Story42("story", {
                    ...args,
                    environment: "dev",
                    googleApiKey: pulumi.secret("from an output"),
                    adminTempPassword: pulumi.secret("A password 1 from an output"),
                }),
        );
        const value = resources.one(
            "aws:secretsmanager/secretVersion:SecretVersion",
            "story-data-google-api-key-value",
        );
        expect(value.inputs.secretString).to.equal("from an output");
        expect(value.secretInputs).to.include("secretString");
        const admin = resources.one("aws:cognito/user:User");
        expect(admin.inputs.temporaryPassword).to.equal("A password 1 from an output");
        expect(admin.secretInputs).to.include("temporaryPassword");
    });

    for (const options of modes) {
        it(`takes what other resources tell: images, a VPC, an address (${options.mode})`, async () => {
            const { resources } = await run(() => {
                const naming = { project: "own", environment: "dev" };
                const own = new StoryImage("own", { ...naming, repositoryName: "own", context: "." });
                const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
                const subnet = (name: string) => new aws.ec2.Subnet(name, { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
                new Story42("story", {
                    ...args,
                    environment: "dev",
                    adminEmail: pulumi.output("later@example.com"),
                    images: { ...args.images, agent: own.ref },
                    existingVpc: {
                        vpcId: vpc.id,
                        publicSubnetIds: [subnet("a").id, subnet("b").id],
                        isolatedSubnetIds: pulumi.all([subnet("c").id, subnet("d").id]),
                    },
                });
            }, options);
            const admin = resources.one("aws:cognito/user:User", "story-auth-admin");
            expect(admin.inputs.username).to.equal("later@example.com");
            const task = resources.one("aws:ecs/taskDefinition:TaskDefinition");
            expect(task.inputFrom("containerDefinitions")).to.include("own-image");
            const pulling = resources.one(
                "aws:iam/rolePolicy:RolePolicy",
                "story-agent-image-story-agent-execution-image",
            );
            expect(pulling.inputFrom("policy")).to.include("own-repository");
            const balancer = resources.one("aws:lb/loadBalancer:LoadBalancer");
            expect(balancer.inputFrom("subnets")).to.include.members(["c", "d"]);
            if (!options.preview) {
                expect(JSON.parse(pulling.inputs.policy).Statement[0].Resource).to.include(
                    "arn:aws:ecr:us-east-1:123456789012:repository/own",
                );
            }
        });
    }

    it("says in a line which argument is an output that must not be one", async () => {
        const later = pulumi.output(2) as unknown as number;
        const { message } = await failure({ ecsDesiredCount: later, corsOrigins: [pulumi.output("x") as never] });
        expect(message.split("\n")).to.have.length(3);
        expect(message)
            .to.contain("ecsDesiredCount is an output, which is known only later; it must be a plain value")
            .and.to.contain("corsOrigins.0 is an output");
    });

    it("makes no part before it is known where its provider works", async () => {
        let made: string[] | undefined;
        const mocks = new StoryMocks();
        const call = mocks.call.bind(mocks);
        const slowly = async (asked: pulumi.runtime.MockCallArgs) => {
            if (made === undefined && asked.token.endsWith(":getRegion")) {
                made = [];
                for (let turn = 0; turn < 100; turn++) {
                    await setImmediate();
                }
                made = mocks.resources.map(({ type }) => type);
            }
            return call(asked);
        };
        Object.assign(mocks, { call: slowly });
        await runWithMocks(() => new Story42("story", { ...args, environment: "dev" }), { mocks });
        expect(made).to.deep.equal(["story42:index:Story42"]);
    });

    it("is not made by a provider of another region", async () => {
        const waitFor = async (region: string) => {
            const west = new aws.Provider("west", { region: "us-west-2" });
            const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, { providers: [west] });
            return await (checkProviderRegion(region, parent) as unknown as { promise(): Promise<unknown> }).promise();
        };
        expect((await run(() => waitFor("us-west-2"))).result).to.deep.equal([]);
        const error = await run(() => waitFor("us-east-1")).catch((thrown) => thrown);
        expect(error).to.be.instanceOf(pulumi.RunError);
        error.message = `error serializing property "name": ${error.message}`;
        expect(error.message).to.match(/^region is us-east-1, but the AWS provider in use works in us-west-2/);
    });

    it("gives its tags to every part, and each part its transform", async () => {
        const { resources } = await run(
            () =>
                new Story42("story", {
                    ...args,
                    environment: "dev",
                    production: true,
                    tags: { CostCenter: "42" },
                    transform: {
                        agent: { loadBalancer: { idleTimeout: 4000 } },
                        images: { repository: { imageTagMutability: "MUTABLE" } },
                        key: { key: { enableKeyRotation: false } },
                    },
                }),
        );
        const tagged = resources.all.filter(({ inputs }) => inputs.tags?.ManagedBy === "Pulumi");
        expect(tagged).to.have.length.greaterThan(40);
        expect(tagged.filter(({ inputs }) => inputs.tags.CostCenter !== "42").map(({ name }) => name)).to.deep.equal(
            [],
        );
        expect(resources.one("aws:lb/loadBalancer:LoadBalancer").inputs.idleTimeout).to.equal(4000);
        expect(
            new Set(resources.ofType("aws:ecr/repository:Repository").map((one) => one.inputs.imageTagMutability)),
        ).to.deep.equal(new Set(["MUTABLE"]));
        expect(resources.one("aws:kms/key:Key").inputs.enableKeyRotation).to.equal(false);
    });

    it("tells what else production makes", async () => {
        const made = async (production: boolean) => {
            const program = () => new Story42("story", { ...args, environment: "dev", production });
            const { monitoring, key, logBucket, apiFirewall, siteFirewall } = (await run(program)).result;
            return [monitoring, key, logBucket, apiFirewall, siteFirewall].map((part) => part !== undefined);
        };
        expect(await made(true)).to.deep.equal([true, true, true, true, true]);
        expect(await made(false)).to.deep.equal([true, false, false, false, false]);
    });

    it("names every problem of its arguments at once", async () => {
        const { message } = await failure({ adminEmail: "nobody", ecsDesiredCount: 99 });
        expect(message)
            .to.match(/2 problems/)
            .and.to.match(/adminEmail is "nobody"/)
            .and.to.match(/ecsDesiredCount is 99/);
    });

    it("asks for the image of every part that there is", async () => {
        const { text, dataOps } = args.images;
        const { message } = await failure({ images: { text, dataOps } });
        expect(message)
            .to.match(/images\.image is missing; .*@sha256/)
            .and.to.match(/images\.agent is missing/);
        expect((await failure({ images: { text, dataOps }, agentEnabled: false })).message).not.to.match(
            /images\.agent/,
        );
    });

    it("makes the account's logging role unless another does", async () => {
        const made = async (manageAccountLogging: boolean) => {
            const program = () => new Story42("story", { ...args, environment: "dev", manageAccountLogging });
            return (await run(program)).resources.ofType("aws:apigateway/account:Account").length;
        };
        expect([await made(true), await made(false)]).to.deep.equal([1, 0]);
    });
});
