/** Every component of the library with what has no default alone, so that each default shows. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import {
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
import { Story42 } from "../../../stacks/index.ts";
import type { Make } from "./everything.ts";

const naming = { project: "story-42", environment: "dev" };
const account = { accountId: "123456789012" };
const image = `registry.example.com/story@sha256:${"b".repeat(64)}`;

/** How each component is made, by the name of its class. */
export const minimal: Record<string, Make> = {
    Story42: (opts) => {
        const keys = { googleApiKey: "key", tech42TtsApiKey: "key", tech42TtsApiUrl: "https://tts.example.com" };
        const images = { text: image, image, dataOps: image, agent: image };
        new Story42(
            "story",
            {
                projectName: "story-42",
                environment: "dev",
                region: "us-east-1",
                adminEmail: "admin@example.com",
                images,
                ...keys,
            },
            opts,
        );
    },
    StoryAgentService: (opts) => {
        const network = {
            vpcId: "vpc-1",
            publicSubnetIds: ["subnet-1", "subnet-2"],
            isolatedSubnetIds: ["subnet-3", "subnet-4"],
        };
        new StoryAgentService("agent", { ...naming, image: storyImage(opts), network }, opts);
    },
    StoryApi: (opts) => {
        const operations = [{ path: "/tell", name: "tell", function: lambdas(opts).functions.text }];
        const userPoolArn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/1";
        new StoryApi("api", { ...naming, operations, userPoolArn, corsOrigins: ["https://app.example.com"] }, opts);
    },
    StoryAuth: (opts) => {
        new StoryAuth("auth", { ...naming, adminEmail: "admin@example.com" }, opts);
    },
    StoryData: (opts) => {
        new StoryData(
            "data",
            { ...naming, googleApiKey: "key", ttsApiKey: "key", corsOrigins: ["https://app.example.com"] },
            opts,
        );
    },
    StoryEncryptionKey: (opts) => {
        new StoryEncryptionKey("key", { ...naming, ...account, region: "us-east-1" }, opts);
    },
    StoryFirewall: (opts) => {
        new StoryFirewall("firewall", { ...naming, scope: "REGIONAL" }, opts);
    },
    StoryGuardrail: (opts) => {
        new StoryGuardrail("guardrail", naming, opts);
    },
    StoryImage: (opts) => {
        storyImage(opts);
    },
    StoryLambdas: (opts) => {
        lambdas(opts);
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
                monthlyBudgetUsd: 100,
            },
            opts,
        );
    },
    StoryNetwork: (opts) => {
        new StoryNetwork("network", { ...naming, availabilityZones: ["us-east-1a", "us-east-1b"] }, opts);
    },
    StorySite: (opts) => {
        const content = mkdtempSync(join(tmpdir(), "story-42-"));
        try {
            writeFileSync(join(content, "index.html"), "<!doctype html>");
            new StorySite("site", { ...naming, content }, opts);
        } finally {
            rmSync(content, { recursive: true });
        }
    },
};

function storyImage(opts: pulumi.ComponentResourceOptions): StoryImage {
    const args = { ...naming, repositoryName: "story-42-lambda-dev", context: "docker/data-ops" };
    return new StoryImage("image", args, opts);
}

function lambdas(opts: pulumi.ComponentResourceOptions): StoryLambdas<"text"> {
    const functions = { text: { functionName: "story-42-text-dev", image } };
    return new StoryLambdas("lambdas", { ...naming, functions }, opts);
}
