/** That a program reaches the resources of every component, for what neither outputs nor methods tell. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
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
import { run } from "../../kit/monitor.ts";

const ref = `registry.example.com/one@sha256:${"a".repeat(64)}`;
const subnets = { publicSubnetIds: ["a", "b"], isolatedSubnetIds: ["c", "d"] };
const lambdas = () => new StoryLambdas("l", { functions: { tell: { functionName: "tell", image: ref } } });

const made: Record<string, () => { nodes: object | undefined }> = {
    StoryAgentService: () =>
        new StoryAgentService("a", { image: { ref, grantPull: () => {} }, network: { vpcId: "vpc-1", ...subnets } }),
    StoryApi: () => {
        const operations = [{ path: "/tell", name: "tell", function: lambdas().functions.tell }];
        return new StoryApi("api", { operations, userPoolArn: "arn", corsOrigins: ["https://app.example.com"] });
    },
    StoryAuth: () => new StoryAuth("auth", { adminEmail: "admin@example.com" }),
    StoryData: () => new StoryData("data", { ttsApiKey: "key" }),
    StoryEncryptionKey: () => new StoryEncryptionKey("key", {}),
    StoryFirewall: () => new StoryFirewall("firewall", { scope: "REGIONAL" }),
    StoryFunction: () => lambdas().functions.tell,
    StoryGuardrail: () => new StoryGuardrail("guardrail", {}),
    StoryImage: () => new StoryImage("image", { repositoryName: "one", context: "." }),
    StoryLogBucket: () => new StoryLogBucket("logs", {}),
    StoryMonitoring: () =>
        new StoryMonitoring("m", { adminEmail: "admin@example.com", tableName: "sessions", monthlyBudgetUsd: 1 }),
    StoryNetwork: () =>
        new StoryNetwork("n", { availabilityZones: ["us-east-1a", "us-east-1b"], flowLog: { retentionDays: 7 } }),
    StorySite: () => new StorySite("site", {}),
};

/** The resources in a value, however deep. */
function resourcesIn(value: unknown): pulumi.Resource[] {
    if (pulumi.Resource.isInstance(value)) {
        return [value];
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(resourcesIn) : [];
}

describe("The nodes", () => {
    for (const [component, make] of Object.entries(made)) {
        it(`of a ${component} are resources that it made`, async () => {
            const { result, resources } = await run(make);
            const nodes = resourcesIn(result.nodes);
            expect(nodes).to.have.length.greaterThan(0);
            const registered = resources.all.map(({ urn }) => urn);
            for (const node of nodes) {
                const urn = await new Promise<string>((resolve) => node.urn.apply(resolve));
                expect(registered).to.include(urn);
            }
        });
    }

    it("of a StoryNetwork in a VPC that exists are none", async () => {
        const { result } = await run(() => new StoryNetwork("n", { existing: { vpcId: "vpc-1", ...subnets } }));
        expect(result.nodes).to.equal(undefined);
    });
});
