/** What the component provider refuses before it makes anything. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ComponentProvider } from "../../../provider/provider.ts";
import { promiseOf } from "../../../testing/index.ts";
import { run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const keys = { googleApiKey: pulumi.secret("key"), ttsApiKey: pulumi.secret("key") };
const data = { ...naming, ...keys, corsOrigins: ["https://app.example.com"] };

async function refused(component: string, inputs: pulumi.Inputs): Promise<string> {
    try {
        await run(() => new ComponentProvider().construct("it", `story42:index:${component}`, inputs, {}));
    } catch (error) {
        return String(error);
    }
    return "";
}

describe("the component provider", () => {
    it("makes a component and tells its outputs", async () => {
        const { resources, result } = await run(() =>
            new ComponentProvider().construct("it", "story42:index:StoryData", data, {}),
        );
        expect(resources.one("story42:index:StoryData").name).to.equal("it");
        expect(resources.one("aws:dynamodb/table:Table").parent).to.equal("it");
        expect(await promiseOf(result.state.tableName)).to.equal("story-42-story-sessions-dev");
    });

    it("tells nothing of a part that is not asked for", async () => {
        const { result } = await run(() =>
            new ComponentProvider().construct("it", "story42:index:StoryData", { ...naming, imagesBucket: false }, {}),
        );
        const { tableName, imagesBucketName, ttsApiKeyReference } = result.state;
        const told = [tableName, imagesBucketName, ttsApiKeyReference].map((one) => promiseOf(pulumi.output(one)));
        expect(await Promise.all(told)).to.deep.equal(["story-42-story-sessions-dev", "", ""]);
    });

    it("gives functions the permissions that a program asks for", async () => {
        const functions = {
            text: {
                functionName: "text",
                image: `story@sha256:${"a".repeat(64)}`,
                permissions: [
                    { actions: ["dynamodb:PutItem"], resources: [pulumi.output("arn:aws:dynamodb:::table/t")] },
                ],
            },
        };
        const { resources, result } = await run(() =>
            new ComponentProvider().construct("it", "story42:index:StoryLambdas", { ...naming, functions }, {}),
        );
        const policy = resources.one("aws:iam/rolePolicy:RolePolicy", "it-text-permissions");
        expect(JSON.parse(policy.inputs.policy).Statement).to.deep.equal([
            { Effect: "Allow", Action: ["dynamodb:PutItem"], Resource: ["arn:aws:dynamodb:::table/t"] },
        ]);
        expect(await promiseOf(result.state.liveFunctions.text.aliasName)).to.equal("live");
    });

    it("hands an image and secrets to the agent service by their ARNs", async () => {
        const inputs = {
            ...naming,
            image: { ref: `story@sha256:${"a".repeat(64)}`, repositoryArn: "arn:aws:ecr:::repository/story" },
            network: { vpcId: "vpc-1", publicSubnetIds: ["a", "b"], isolatedSubnetIds: ["c", "d"] },
            secrets: {
                KEY: "arn:aws:secretsmanager:::secret:key",
                OTHER: "arn:aws:secretsmanager:us-east-1:1:secret:other-AbCdEf:::version-2",
            },
            sidecars: [{ name: "proxy", image: "proxy", memory: 128, secrets: { TOKEN: "arn:aws:token" } }],
        };
        const { resources } = await run(() =>
            new ComponentProvider().construct("it", "story42:index:StoryAgentService", inputs, {}),
        );
        const statements = (name: string) =>
            JSON.parse(resources.one("aws:iam/rolePolicy:RolePolicy", name).inputs.policy).Statement;
        expect(statements("it-execution-image")[0].Resource).to.equal("arn:aws:ecr:::repository/story");
        expect(statements("it-execution-secrets")[0].Resource).to.deep.equal([
            "arn:aws:secretsmanager:::secret:key",
            "arn:aws:secretsmanager:us-east-1:1:secret:other-AbCdEf",
            "arn:aws:token",
        ]);
        const [container, proxy] = JSON.parse(
            resources.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions,
        );
        expect(container.secrets.map((one: { valueFrom: string }) => one.valueFrom)).to.deep.equal(
            Object.values(inputs.secrets),
        );
        expect(proxy.secrets).to.deep.equal([{ name: "TOKEN", valueFrom: "arn:aws:token" }]);
    });

    it("takes an image that nobody needs permission to pull", async () => {
        const inputs = {
            ...naming,
            image: { ref: `public.ecr.aws/shop/agent@sha256:${"a".repeat(64)}` },
            network: { vpcId: "vpc-1", publicSubnetIds: ["a", "b"], isolatedSubnetIds: ["c", "d"] },
        };
        const { resources } = await run(() =>
            new ComponentProvider().construct("it", "story42:index:StoryAgentService", inputs, {}),
        );
        const policies = resources.ofType("aws:iam/rolePolicy:RolePolicy").map(({ name }) => name);
        expect(policies).to.include("it-execution-logs").and.not.include("it-execution-image");
    });

    for (const [title, component, inputs, expected] of [
        [
            "an input that is misspelt",
            "StoryNetwork",
            { ...naming, cidrBlok: "10.0.0.0/16" },
            /cidrBlok is not an input; did you mean cidrBlock\?/,
        ],
        ["one that is missing", "StoryMonitoring", naming, /adminEmail is missing; it is required/],
        [
            "one that is known too late",
            "StoryData",
            { ...data, imageExpirationDays: pulumi.output(3) },
            /imageExpirationDays is an output/,
        ],
        ["a key in plain", "StoryData", { ...data, ttsApiKey: "key" }, /ttsApiKey is not a secret.*pass a secret/],
        [
            "one of an inner object",
            "StoryNetwork",
            { ...naming, flowLog: { days: 3 } },
            /flowLog\.days is not an input.*\n.*flowLog\.retentionDays is missing/,
        ],
        [
            "a value that the component refuses",
            "StoryNetwork",
            { ...naming, availabilityZones: ["a"] },
            /it must name two or three different zones/,
        ],
        [
            "another component",
            "StoryBook",
            naming,
            /story42:index:StoryBook is not a component of story42; there are .*StoryData/,
        ],
    ] as const) {
        it(`refuses ${title}`, async () => {
            expect(await refused(component, inputs)).to.match(expected);
        });
    }
});
