/** That two of each component can live in one project and environment: every name in AWS can be another. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as library from "../../../components/index.ts";
import {
    StoryAgentService,
    type StoryAgentServiceArgs,
    StoryApi,
    type StoryApiArgs,
    StoryAuth,
    StoryData,
    StoryEncryptionKey,
    StoryFirewall,
    StoryFunction,
    StoryGuardrail,
    StoryImage,
    StoryLambdas,
    StoryLogBucket,
    StoryMonitoring,
    StoryNetwork,
    StorySite,
} from "../../../components/index.ts";
import { run } from "../../kit/monitor.ts";
import { sharedNames } from "../../kit/sharedNames.ts";

const naming = { project: "shop", environment: "dev" };
const account = { ...naming, accountId: "123456789012" };
const image = { ref: `registry.example.com/one@sha256:${"a".repeat(64)}`, grantPull: () => {} };
const network = { vpcId: "vpc-1", publicSubnetIds: ["a", "b"], isolatedSubnetIds: ["c", "d"] };
const corsOrigins = ["https://app.example.com"];

/** Makes the first or the second one; the second has every name that can be given. */
type Make = (name: string, second: boolean) => void;

const makers = new Map<new (...args: never[]) => pulumi.ComponentResource, Make>([
    [
        StoryAgentService,
        (name, second) => {
            const args: StoryAgentServiceArgs = {
                ...naming,
                image,
                network,
                autoscaling: { min: 1, max: 2 },
                nightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)" },
                names: second
                    ? {
                          cluster: "other",
                          loadBalancer: "other",
                          targetGroup: "other",
                          taskFamily: "other",
                          serviceLog: "/other",
                          taskRole: "other",
                          taskExecutionRole: "other-execution",
                          loadBalancerSecurityGroup: "other-balancer",
                          serviceSecurityGroup: "other-tasks",
                      }
                    : {},
            };
            new StoryAgentService(name, args);
        },
    ],
    [
        StoryApi,
        (name, second) => {
            const functions = { tell: { functionName: `${name}-tell`, image: image.ref } };
            const { tell } = new StoryLambdas(`${name}-lambdas`, { ...naming, functions }).functions;
            const args: StoryApiArgs = {
                ...naming,
                operations: [{ path: "/tell", name: "tell", function: tell }],
                userPoolArn: "arn",
                corsOrigins,
                ...(second ? { apiName: "other", accessLogName: "/other" } : {}),
            };
            new StoryApi(name, args);
        },
    ],
    [
        StoryAuth,
        (name, second) => {
            const other = { domainPrefix: "other", names: { userPool: "other", userPoolClient: "other" } };
            new StoryAuth(name, { ...naming, adminEmail: "admin@example.com", ...(second ? other : {}) });
        },
    ],
    [
        StoryData,
        (name, second) => {
            const keys = { googleApiKey: "key", ttsApiKey: "key", searchApiKey: "key" };
            const names = {
                sessionsTable: "other",
                imagesBucket: "other-images",
                googleApiKeySecret: "other-google",
                ttsApiKeySecret: "other-tts",
                searchApiKeySecret: "other-search",
            };
            new StoryData(name, { ...naming, ...keys, corsOrigins, names: second ? names : {} });
        },
    ],
    [
        StoryEncryptionKey,
        (name, second) => {
            new StoryEncryptionKey(name, { ...account, region: "us-east-1", aliasName: second ? "other" : undefined });
        },
    ],
    [
        StoryFirewall,
        (name, second) => {
            new StoryFirewall(name, { ...naming, scope: "REGIONAL", webAclName: second ? "other" : undefined });
        },
    ],
    [
        StoryGuardrail,
        (name, second) => {
            new StoryGuardrail(name, { ...naming, guardrailName: second ? "other" : undefined });
        },
    ],
    [
        StoryImage,
        (name) => {
            new StoryImage(name, { ...naming, repositoryName: name, existingImage: image.ref });
        },
    ],
    [
        StoryLambdas,
        (name) => {
            new StoryLambdas(name, { ...naming, functions: { one: { functionName: name, image: image.ref } } });
        },
    ],
    [
        StoryLogBucket,
        (name, second) => {
            new StoryLogBucket(name, { ...account, bucketName: second ? "other" : undefined });
        },
    ],
    [
        StoryMonitoring,
        (name, second) => {
            const names = {
                topic: "other",
                alarms: "other",
                dashboard: "other",
                budget: "other",
                modelsBudget: "other-models",
            };
            new StoryMonitoring(name, {
                ...account,
                adminEmail: "admin@example.com",
                api: { name: "api", stageName: "dev" },
                functions: { one: { functionName: "one", deadLetterQueueName: "one" } },
                tableName: "table",
                service: {
                    clusterName: "cluster",
                    serviceName: "service",
                    loadBalancerArnSuffix: "app/a/1",
                    targetGroupArnSuffix: "targetgroup/a/1",
                    desiredCount: 1,
                    containerInsights: true,
                },
                models: ["us.amazon.nova-pro-v1:0"],
                site: { distributionId: "E1", region: "us-east-1" },
                monthlyBudgetUsd: 10,
                names: second ? names : {},
            });
        },
    ],
    [
        StoryNetwork,
        (name, second) => {
            const flowLog = { retentionDays: 30, ...(second ? { logGroupName: "/other", roleName: "other" } : {}) };
            const zones = ["us-east-1a", "us-east-1b"];
            const vpcName = second ? "other" : undefined;
            new StoryNetwork(name, { ...naming, availabilityZones: zones, flowLog, vpcName });
        },
    ],
    [
        StorySite,
        (name, second) => {
            const agentLoadBalancer = { arn: "arn:aws:elasticloadbalancing:1", dnsName: "balancer.example.com" };
            const names = {
                siteBucket: "other",
                originAccessControl: "other",
                routesFunction: "other",
                responseHeadersPolicy: "other",
                vpcOrigin: "other",
            };
            new StorySite(name, { ...naming, agentLoadBalancer, names: second ? names : {} });
        },
    ],
]);

describe("Two of a kind in one project and environment", () => {
    it("are tried of every component that a program makes", () => {
        const components = Object.values(library).filter(
            (value) => typeof value === "function" && value.prototype instanceof pulumi.ComponentResource,
        );
        expect([...makers.keys(), StoryFunction]).to.have.members(components);
    });

    for (const [Type, make] of makers) {
        it(`share no name in AWS: ${Type.name}`, async () => {
            const { resources } = await run(() => {
                make("one", false);
                make("two", true);
            });
            expect(resources.ofType(`story42:index:${Type.name}`)).to.have.length(2);
            expect(sharedNames(resources.all)).to.deep.equal([]);
        });

        it(`are named by project and environment alone unless names are given: ${Type.name}`, async () => {
            const { resources } = await run(() => {
                make("one", false);
                make("two", false);
            });
            // Else the test above would look at nothing.
            const named = ![StoryImage, StoryLambdas].includes(Type as never);
            expect(sharedNames(resources.all).length > 0).to.equal(named);
        });
    }
});
