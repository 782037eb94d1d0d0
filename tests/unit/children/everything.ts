/** Every component of the library with all of its optional parts, so that no child is left out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
    StoryAgentService,
    StoryApi,
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
import { Story42 } from "../../../stacks/index.ts";

const naming = { project: "story-42", environment: "dev" };
const account = { accountId: "123456789012" };
const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/1";
const image = `registry.example.com/story@sha256:${"b".repeat(64)}`;
const webAclArn = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/acl/1";
const subnets = {
    vpcId: "vpc-1",
    publicSubnetIds: ["subnet-1", "subnet-2"],
    isolatedSubnetIds: ["subnet-3", "subnet-4"],
};

/** A component with everything turned on; what is made for it alone is given `opts` too. */
export type Make = (opts: pulumi.ComponentResourceOptions) => void;

/** How each component is made, by the name of its class. */
export const everything: Record<string, Make> = {
    Story42: (opts) => {
        const needed = {
            projectName: "story-42",
            environment: "prod",
            adminEmail: "admin@example.com",
            region: "us-east-1",
        };
        const keys = { googleApiKey: "key", tech42TtsApiKey: "key", tech42TtsApiUrl: "https://tts.example.com" };
        new Story42(
            "story",
            {
                ...needed,
                ...keys,
                production: true,
                guardrail: true,
                agentNightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)", timezone: "UTC" },
                images: { text: image, image, dataOps: image, agent: image },
                enableCustomDomain: true,
                domainName: "example.com",
            },
            opts,
        );
    },
    StoryAgentService: (opts) => {
        new StoryAgentService(
            "agent",
            {
                ...naming,
                image: storyImage(opts),
                network: subnets,
                secrets: { KEY: data(opts).ttsApiKeySecret },
                autoscaling: { min: 1, max: 4 },
                nightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)" },
                kmsKeyArn,
                accessLogBucket: "logs",
                containerInsights: true,
            },
            opts,
        );
    },
    StoryApi: (opts) => {
        new StoryApi(
            "api",
            {
                ...naming,
                operations: [{ path: "/tell", name: "tell", function: lambdas(opts).functions.text }],
                userPoolArn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/1",
                corsOrigins: ["https://app.example.com"],
                kmsKeyArn,
                webAclArn,
            },
            opts,
        );
    },
    StoryAuth: (opts) => {
        new StoryAuth("auth", { ...naming, adminEmail: "admin@example.com" }, opts);
    },
    StoryData: (opts) => {
        const made = data(opts);
        const reader = grantee("data-user", opts);
        made.grantSessions(reader);
        made.grantSessionsOfAll(reader);
        made.grantImages(reader, "users/");
        made.grantImagesErasure(reader);
        made.grantGoogleApiKey(reader);
        made.grantTtsApiKey(reader);
        made.grantSessionsRecord(grantee("data-recorder", opts));
        made.grantUsage(reader);
        made.grantUsageRecord(reader);
        made.grantUsageErasure(reader);
    },
    StoryEncryptionKey: (opts) => {
        new StoryEncryptionKey("key", { ...naming, ...account, region: "us-east-1" }, opts);
    },
    StoryFirewall: (opts) => {
        new StoryFirewall("api-firewall", { ...naming, scope: "REGIONAL" }, opts);
        new StoryFirewall("site-firewall", { ...naming, scope: "CLOUDFRONT" }, opts);
    },
    StoryGuardrail: (opts) => {
        const profileArn = "arn:aws:bedrock:us-east-1:123456789012:guardrail-profile/us.guardrail.v1:0";
        const guardrail = new StoryGuardrail("guardrail", { ...naming, kmsKeyArn, profileArn }, opts);
        guardrail.grantApply(grantee("guardrail-user", opts));
    },
    StoryImage: (opts) => {
        storyImage(opts).grantPull(grantee("image-user", opts));
    },
    StoryLambdas: (opts) => {
        lambdas(opts).functions.text.grantInvoke(grantee("lambdas-user", opts));
    },
    StoryLogBucket: (opts) => {
        new StoryLogBucket("logs", { ...naming, ...account }, opts);
    },
    StoryMonitoring: (opts) => {
        new StoryMonitoring(
            "monitoring",
            {
                ...naming,
                ...account,
                adminEmail: "admin@example.com",
                api: { name: "api", stageName: "dev" },
                functions: { text: { functionName: "text", deadLetterQueueName: "text-dead-letters" } },
                tableName: "sessions",
                service: {
                    clusterName: "cluster",
                    serviceName: "service",
                    loadBalancerArnSuffix: "app/balancer/1",
                    targetGroupArnSuffix: "targetgroup/group/1",
                    desiredCount: 1,
                    containerInsights: true,
                },
                dailyUsd: 20,
                models: ["us.amazon.nova-pro-v1:0"],
                site: { distributionId: "E1", region: "eu-central-1" },
                monthlyBudgetUsd: 100,
                kmsKeyArn,
            },
            opts,
        );
    },
    StoryNetwork: (opts) => {
        new StoryNetwork(
            "network",
            { ...naming, availabilityZones: ["us-east-1a", "us-east-1b"], flowLog: { retentionDays: 30, kmsKeyArn } },
            opts,
        );
    },
    StorySite: (opts) => {
        const folder = mkdtempSync(join(tmpdir(), "story-42-"));
        try {
            mkdirSync(join(folder, "assets"));
            writeFileSync(join(folder, "index.html"), "<!doctype html>");
            writeFileSync(join(folder, "assets/index-AbCd1234.js"), "");
            new StorySite(
                "site",
                {
                    ...naming,
                    content: relative(process.cwd(), folder),
                    agentLoadBalancer: { arn: "arn:aws:elasticloadbalancing:1", dnsName: "balancer.example.com" },
                    domain: { zoneName: "story.example.com" },
                    accessLogs: { bucketName: "logs", bucketDomainName: "logs.s3.amazonaws.com" },
                    webAclArn,
                },
                opts,
            );
        } finally {
            rmSync(folder, { recursive: true });
        }
    },
};

/** Exported classes that are only made by another component, which has them among its children. */
export const madeByAnother: Record<string, string> = { [StoryFunction.name]: StoryLambdas.name };

function data(opts: pulumi.ComponentResourceOptions): StoryData {
    return new StoryData(
        "data",
        {
            ...naming,
            usageTable: true,
            googleApiKey: "key",
            ttsApiKey: "key",
            searchApiKey: "key",
            corsOrigins: ["https://app.example.com"],
            kmsKeyArn,
            accessLogBucket: "logs",
        },
        opts,
    );
}

function storyImage(opts: pulumi.ComponentResourceOptions): StoryImage {
    const args = { ...naming, repositoryName: "story-42-lambda-dev", context: "docker/data-ops", cache: true };
    return new StoryImage("image", args, opts);
}

function lambdas(opts: pulumi.ComponentResourceOptions): StoryLambdas<"text"> {
    const functions = { text: { functionName: "story-42-text-dev", image } };
    return new StoryLambdas("lambdas", { ...naming, functions, kmsKeyArn }, opts);
}

function grantee(granteeName: string, opts: pulumi.ComponentResourceOptions) {
    return { granteeName, role: new aws.iam.Role(granteeName, { assumeRolePolicy: "{}" }, opts) };
}
