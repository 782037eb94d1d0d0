/** Programs that are not Story-42: what they ask of the components, as AWS's provider takes it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import {
    StoryAgentService,
    StoryApi,
    StoryAuth,
    StoryData,
    StoryLambdas,
    StoryMonitoring,
    StoryNetwork,
    StorySite,
} from "../../../components/index.ts";
import { inventory } from "../../kit/local/inventory.ts";
import { OwnPrograms } from "../../kit/ownPrograms.ts";

const image = `registry.example.com/shop@sha256:${"a".repeat(64)}`;

/** A shop: what of the components' arguments Story-42 itself has no use for. */
function shop(): void {
    const naming = { project: "shop", environment: "dev" };
    const zone = new aws.route53.Zone("zone", { name: "example.com" });
    const certificate = new aws.acm.Certificate("certificate", {
        domainName: "*.example.com",
        validationMethod: "DNS",
    });
    const network = new StoryNetwork("network", {
        ...naming,
        availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c"],
        cidrBlock: "10.42.0.0/20",
        natGateways: "single",
    });
    const data = new StoryData("data", { ...naming, imagesBucket: false, ttsApiKey: pulumi.secret("key") });
    const auth = new StoryAuth("auth", {
        ...naming,
        mfa: "off",
        oauth: { callbackUrls: ["https://shop.example.com/signed-in"], logoutUrls: ["https://shop.example.com/"] },
    });
    const { functions } = new StoryLambdas("functions", {
        ...naming,
        functions: { items: { functionName: "shop-items-dev", image } },
    });
    data.grantSessions(functions.items);
    const api = new StoryApi("api", {
        ...naming,
        operations: [
            { path: "/items/{id}", method: "GET", name: "read", function: functions.items, authorization: "none" },
            { path: "/items/{id}", method: "PUT", name: "write", function: functions.items, authorization: "iam" },
            { path: "/items/{id}/pictures", name: "draw", function: functions.items, apiKey: true },
        ],
        userPoolArn: auth.userPool.arn,
        corsOrigins: ["*"],
        apiKeys: { partner: { rateLimit: 10, burstLimit: 20, monthlyQuota: 1000 } },
        domain: { name: "api.example.com", certificateArn: certificate.arn, zoneId: zone.zoneId },
    });
    const agent = new StoryAgentService("agent", {
        ...naming,
        image: { ref: image, grantPull: () => {} },
        network,
        health: { path: "/ready", command: [] },
        user: "1000:1000",
        readonlyRootFilesystem: false,
        sidecars: [{ name: "collector", image, memory: 128, secrets: { KEY: data.ttsApiKey } }],
        fileSystems: [{ path: "/data", fileSystemId: "fs-0123456789abcdef0" }],
        spot: true,
        publicAccess: { certificateArn: certificate.arn },
        executionPermissions: [{ actions: ["ecr:BatchGetImage"], resources: ["*"] }],
        waitForSteadyState: false,
    });
    new StorySite("site", {
        ...naming,
        singlePage: false,
        behaviors: [{ pathPattern: "/items/*", url: api.endpoint }],
        domain: {
            zoneName: "shop.example.com",
            www: false,
            zoneId: zone.zoneId,
            certificateArn: certificate.arn,
        },
        connectOrigins: ["https://api.example.com"],
        hstsPreload: true,
        forceDestroy: true,
    });
    new StoryMonitoring("monitoring", {
        ...naming,
        adminEmail: "admin@example.com",
        service: agent,
    });
}

describe("A program that is not Story-42", function () {
    this.timeout(600_000);
    let programs: OwnPrograms;
    let atFirst: string[];
    let stack: Stack;

    before(async () => {
        programs = await OwnPrograms.open();
        atFirst = await inventory(programs.endpoint, programs.region);
    });
    after(async () => {
        await programs.close();
    });

    it("is deployed with arguments that Story-42 has no use for, and a preview has nothing to change", async () => {
        stack = await programs.up("shop", shop);
        expect(await programs.differences(stack, "preview")).to.deep.equal([]);
    });

    it("is recorded as it is: a refresh finds nothing", async () => {
        expect(await programs.differences(stack, "previewRefresh")).to.deep.equal([]);
    });

    it("is removed with all that it has but the role by which API Gateway logs", async () => {
        await stack.destroy();
        const left = (await inventory(programs.endpoint, programs.region)).filter((it) => !atFirst.includes(it));
        expect(left.filter((it) => !/^role shop-api-logs-/.test(it))).to.deep.equal([]);
    });
});
