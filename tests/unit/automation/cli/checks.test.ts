/** What `story42 doctor` says of an account, whose answers are made here. */
import { expect } from "chai";
import { regionCheck } from "../../../../automation/cli/checks/account.ts";
import type { Check, Finding } from "../../../../automation/cli/checks/check.ts";
import type { CheckEnvironment } from "../../../../automation/cli/checks/environment.ts";
import { namesCheck } from "../../../../automation/cli/checks/names.ts";
import { checkSettings } from "../../../../stacks/checkSettings.ts";
import { requiredSettings } from "../../../kit/settings.ts";

/** What AWS answers, by the name of the command; an error is thrown. */
type Answers = Record<string, (input: Record<string, unknown>) => unknown>;

const zones = [
    { ZoneName: "us-east-1a", ZoneId: "use1-az3" },
    { ZoneName: "us-east-1b", ZoneId: "use1-az6" },
    { ZoneName: "us-east-1c", ZoneId: "use1-az1" },
];
const account: Answers = {
    GetCallerIdentityCommand: () => ({ Account: "123456789012" }),
    DescribeRegionsCommand: () => ({ Regions: [{ RegionName: "us-east-1", OptInStatus: "opt-in-not-required" }] }),
    DescribeAvailabilityZonesCommand: () => ({ AvailabilityZones: zones }),
    DescribeUserPoolDomainCommand: () => ({ DomainDescription: {} }),
    HeadBucketCommand: () => {
        throw Object.assign(new Error("NotFound"), { $metadata: { httpStatusCode: 404 } });
    },
};

async function look({ look }: Check, settings: object = {}, answers: Answers = {}): Promise<Finding> {
    const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
        const answer = { ...account, ...answers }[command.constructor.name];
        return answer ? answer(command.input) : expect.fail(`${command.constructor.name} was not expected`);
    };
    const client = { send };
    return await look({
        settings: async () => checkSettings({ ...requiredSettings, environment: "prod", ...settings }),
        clients: async () => ({ ec2: client, s3: client, cognito: client, sts: client }),
        stack: async () => ({ story: { outputs: async () => undefined } }),
    } as unknown as CheckEnvironment);
}

describe("story42 doctor", () => {
    it("names the zone where CloudFront reaches no balancer, by its letter in this account, and the others", async () => {
        const finding = await look(regionCheck);
        expect(finding).to.deep.equal({
            status: "todo",
            found: "CloudFront reaches no balancer in us-east-1a, which is use1-az3",
            todo: "Name two zones with the setting availabilityZones: us-east-1b, us-east-1c",
        });
        expect((await look(regionCheck, { availabilityZones: ["us-east-1b", "us-east-1c"] })).status).to.equal("ok");
    });

    it("names zones that the account does not have", async () => {
        const { found } = await look(regionCheck, { availabilityZones: ["us-east-1b", "us-east-1f"] });
        expect(found).to.equal("the account has no zone us-east-1f");
    });

    it("looks where the subnets of an existing VPC are", async () => {
        const existingVpc = {
            vpcId: "vpc-1",
            publicSubnetIds: ["subnet-1", "subnet-2"],
            isolatedSubnetIds: ["subnet-3", "subnet-4"],
        };
        const in3 = () => ({ Subnets: [{ SubnetId: "subnet-3", AvailabilityZoneId: "use1-az3" }] });
        const in1 = () => ({ Subnets: [{ SubnetId: "subnet-3", AvailabilityZoneId: "use1-az1" }] });
        const finding = await look(regionCheck, { existingVpc }, { DescribeSubnetsCommand: in3 });
        expect(finding.found).to.equal("CloudFront reaches no balancer in subnet-3, which is in use1-az3");
        expect((await look(regionCheck, { existingVpc }, { DescribeSubnetsCommand: in1 })).status).to.equal("ok");
        // Without the agent service there is no balancer.
        expect((await look(regionCheck, { existingVpc, agentEnabled: false })).status).to.equal("ok");
    });

    it("looks for every bucket that the stack will make, and says how to name them otherwise", async () => {
        const asked: unknown[] = [];
        const taken = ({ Bucket }: Record<string, unknown>) => {
            asked.push(Bucket);
            throw Object.assign(new Error("Forbidden"), { $metadata: { httpStatusCode: 403 } });
        };
        const plain = ["story-42-story-images-prod", "story-42-prod-static-website", "story-42-access-logs-prod"];
        const named = (ending: string) => plain.map((name) => `${name}-${ending}`);
        const finding = await look(namesCheck, { production: true }, { HeadBucketCommand: taken });
        expect(asked).to.have.members([...plain, ...named("123456789012")]);
        for (const name of named("123456789012")) {
            expect(finding.found).to.include(`the bucket ${name} (by somebody else`);
        }
        expect(finding.todo).to.include("pulumi config set bucketSuffix ENDING");
        asked.length = 0;
        const settings = { production: true, bucketSuffix: "ours" };
        expect((await look(namesCheck, settings)).found).to.include(`${named("ours").join(", ")} and`);
        await look(namesCheck, settings, { HeadBucketCommand: taken });
        expect(asked).to.have.members(named("ours"));
    });

    it("names the buckets of an earlier deployment of the account, but none of other accounts", async () => {
        const there = (status?: number) => ({
            HeadBucketCommand: ({ Bucket }: Record<string, unknown>) => {
                if (Bucket !== "story-42-story-images-prod") {
                    return account.HeadBucketCommand?.({});
                }
                return status
                    ? Promise.reject(Object.assign(new Error(), { $metadata: { httpStatusCode: status } }))
                    : {};
            },
        });
        const own = await look(namesCheck, { production: true }, there());
        expect(own.found).to.equal("taken: the bucket story-42-story-images-prod (in this account)");
        expect(own.todo).to.include("story42 adopt");
        expect((await look(namesCheck, { production: true }, there(403))).status).to.equal("ok");
    });
});
