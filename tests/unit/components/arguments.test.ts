/** That a component says what is wrong with its arguments before anything is registered, the component itself included. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
    ArgumentError,
    StoryAgentService,
    StoryApi,
    StoryAuth,
    StoryData,
    StoryEncryptionKey,
    StoryFirewall,
    StoryGuardrail,
    StoryImage,
    StoryLambdas,
    StoryLogBucket,
    StoryMonitoring,
    StoryNetwork,
    StorySite,
} from "../../../components/index.ts";
import { runWithMocks, StoryMocks } from "../../../testing/index.ts";

type Component = new (name: string, args: never) => pulumi.ComponentResource;

/** What must be given to each. */
const required: [Component, string[]][] = [
    [StoryAgentService, ["image", "network"]],
    [StoryApi, ["operations", "corsOrigins"]],
    [StoryAuth, []],
    [StoryData, []],
    [StoryEncryptionKey, []],
    [StoryFirewall, ["scope"]],
    [StoryGuardrail, []],
    [StoryImage, ["repositoryName"]],
    [StoryLambdas, ["functions"]],
    [StoryLogBucket, []],
    [StoryMonitoring, ["adminEmail"]],
    [StoryNetwork, []],
    [StorySite, []],
];

const naming = { project: "shop", environment: "dev" };
const network = { vpcId: "vpc-1", publicSubnetIds: ["subnet-1"], isolatedSubnetIds: ["subnet-2", "subnet-3"] };
const image = { ref: `registry.example.com/one@sha256:${"a".repeat(64)}`, grantPull: () => {} };
const alias = {};
const api = { userPoolArn: "arn", corsOrigins: ["https://app.example.com"] };
const data = { googleApiKey: "key", ttsApiKey: "key", corsOrigins: ["https://app.example.com"] };
const watched = {
    accountId: "123456789012",
    adminEmail: "admin@example.com",
    api: { name: "api", stageName: "dev" },
    functions: {},
    tableName: "table",
    monthlyBudgetUsd: 10,
};
const zones = ["us-east-1a", "us-east-1b"];
const later = pulumi.output("later");

const topic = { name: "Betting", definition: "Bets for real money." };

const wrong: [Component, object, RegExp][] = [
    [StoryGuardrail, { strength: "strict" }, /strength is "strict"; it must be one of low, medium, high/],
    [StoryGuardrail, { audience: "pets" }, /audience is "pets"; it must be one of children, teenagers, adults/],
    [
        StoryGuardrail,
        { profileArn: "us.guardrail.v1:0" },
        /profileArn is .*; it must be the ARN of a guardrail profile/,
    ],
    [StoryGuardrail, { guardrailName: "my guardrail" }, /guardrailName is "my guardrail"; AWS allows letters/],
    [StoryGuardrail, { deniedTopics: [{ ...topic, name: "a/b" }] }, /deniedTopics\[0\]\.name is "a\/b"/],
    [
        StoryGuardrail,
        { deniedTopics: [{ ...topic, definition: "x".repeat(201) }] },
        /deniedTopics\[0\]\.definition has 201 characters; AWS allows 1 to 200/,
    ],
    [StoryGuardrail, { deniedTopics: [{ ...topic, examples: [""] }] }, /deniedTopics\[0\]\.examples must be 5 at most/],
    [StoryGuardrail, { deniedTopics: [topic, topic] }, /deniedTopics has Betting, which is there already/],
    [StoryGuardrail, { deniedTopics: Array(26).fill(topic) }, /deniedTopics has 26 topics; 25 is the most/],
    [StoryGuardrail, { blockedWords: ["x".repeat(101)] }, /blockedWords\[0\] has 101 characters; AWS allows 1 to 100/],
    [StoryNetwork, { project: "My Shop" }, /project is "My Shop"; it must be lower-case letters, digits and hyphens/],
    [StoryNetwork, { environment: "Dev!" }, /environment is "Dev!"/],
    [
        StoryNetwork,
        { availabilityZones: zones, cidrBlock: pulumi.output("10.0.0.0/16") },
        /cidrBlock is an output, .* plain value$/,
    ],
    [StoryNetwork, { availabilityZones: zones, cidrBlock: "999.1.0.0/16" }, /cidrBlock is "999\.1\.0\.0\/16"/],
    [
        StoryNetwork,
        { availabilityZones: zones, flowLog: { retentionDays: 2 } },
        /flowLog\.retentionDays is 2; .* 1, 3, 5/,
    ],
    [StoryNetwork, { existing: {} }, /existing\.publicSubnetIds is missing[\s\S]*existing\.vpcId is missing/],
    [StoryNetwork, { availabilityZones: zones, flowLog: true }, /flowLog is true; it must be an object/],
    [StoryNetwork, { availabilityZones: zones, natGateways: Promise.resolve("none") }, /natGateways is an output/],
    [
        StoryAgentService,
        { image, network: {} },
        /network\.isolatedSubnetIds is missing[\s\S]*network\.vpcId is missing/,
    ],
    [StoryAgentService, { image: {}, network }, /image\.ref is missing/],
    [StoryAgentService, { image, network: { ...network, isolatedSubnetIds: ["one"] } }, /isolatedSubnetIds has fewer/],
    [
        StoryAgentService,
        { image, network, desiredCount: pulumi.output(2) },
        /desiredCount is an output, .* plain value$/,
    ],
    [StoryAgentService, { image, network, names: { cluster: later } }, /names\.cluster is an output/],
    [StoryAgentService, { image, network, autoscaling: {} }, /autoscaling\.max is missing/],
    [StoryAgentService, { image, network, nightStop: {} }, /nightStop\.start is missing/],
    [StoryAgentService, { image, network, cpu: 300 }, /cpu is 300; it must be one of 256, 512/],
    [StoryAgentService, { image, network, cpu: 256, memory: 8192 }, /memory is 8192; for cpu 256 .* 512, 1024, 2048$/],
    [StoryAgentService, { image, network, memory: 8192 }, /memory is 8192; for cpu 512 Fargate has 1024 to 4096 MB/],
    [StoryApi, { ...api, operations: {} }, /operations is an object; it must be a list/],
    [StoryApi, { ...api, operations: [{}] }, /operations\[0\]\.function is missing[\s\S]*operations\[0\]\.path is/],
    [StoryMonitoring, { ...watched, api: {} }, /api\.name is missing[\s\S]*api\.stageName is missing/],
    [StoryMonitoring, { ...watched, service: {} }, /service\.clusterName is missing/],
    [StorySite, { agentLoadBalancer: {} }, /agentLoadBalancer\.arn is missing/],
    [StorySite, { accessLogs: {} }, /accessLogs\.bucketName is missing/],
    [StorySite, { domain: {} }, /domain\.zoneName is missing/],
    [
        StoryApi,
        { ...api, operations: [{ path: "/a", name: "a", function: {} }] },
        /operations\[0\]\.function has no alias/,
    ],
    [
        StoryApi,
        { ...api, operations: ["/a", "/b"].map((path) => ({ path, name: "a", function: { alias } })) },
        /operations has a name twice \(a, a\)/,
    ],
    [StoryData, { ...data, secretRecoveryDays: 7.5 }, /secretRecoveryDays is 7\.5/],
    [StoryImage, { repositoryName: "one", context: later }, /context is an output/],
    [StoryLambdas, { functions: { one: { image: image.ref } } }, /functions\.one\.functionName is missing/],
    [StoryLambdas, { functions: {}, logRetentionDays: 2 }, /logRetentionDays is 2/],
    [StorySite, { content: "nowhere" }, /content is "nowhere", which has no index\.html/],
    [StorySite, { content: later }, /content is an output/],
];

describe("Arguments", () => {
    async function problemsOf(Type: Component, args: unknown): Promise<readonly string[]> {
        const mocks = new StoryMocks();
        const error = await runWithMocks(() => new Type("it", args as never), { mocks }).catch((thrown) => thrown);
        await pulumi.runtime.disconnect();
        expect(error).to.be.instanceOf(ArgumentError);
        expect(error.message).to.contain(`${Type.name} "it" was given arguments it does not accept`);
        expect(mocks.resources).to.deep.equal([]);
        return error.problems;
    }

    for (const [Type, names] of required) {
        it(`that ${Type.name} needs are all named when they are missing`, async () => {
            const missing = names.map((name) => `${name} is missing; it is required`);
            for (const none of missing.length > 0 ? [undefined, {}] : []) {
                expect(await problemsOf(Type, none)).to.have.members(missing);
            }
        });
    }

    it("name the project and the stack where nothing else is given, as long as AWS takes that as a name", async () => {
        const { mocks } = await runWithMocks(() => new StoryData("data", {}), { project: "shop", stack: "live" });
        const [table] = mocks.ofType("aws:dynamodb/table:Table");
        expect(table?.inputs.name).to.equal("shop-story-sessions-live");
        expect(table?.inputs.tags).to.include({ Project: "shop", Environment: "live" });
        const error = await runWithMocks(() => new StoryData("data", {}), { project: "My.Shop" }).catch(String);
        await pulumi.runtime.disconnect();
        expect(error).to.contain('project is "My.Shop"; it must be lower-case letters, digits and hyphens');
    });

    for (const [Type, args, problem] of wrong) {
        it(`of ${Type.name} are refused: ${problem.source}`, async () => {
            expect((await problemsOf(Type, { ...naming, ...args })).join("\n")).to.match(problem);
        });
    }
});
