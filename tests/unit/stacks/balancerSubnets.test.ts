/** Where the balancer may stand. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { balancerSubnets } from "../../../stacks/balancerSubnets.ts";
import { modes, run } from "../../kit/monitor.ts";

const network = { isolatedSubnetIds: pulumi.output(["subnet-1", "subnet-2"]) };
const existingVpc = { vpcId: "vpc-1", publicSubnetIds: [], isolatedSubnetIds: [] };

/** Its subnets with these zones; the mocks' account has use1-az3, where there are no VPC origins, as us-east-1c. */
async function subnetsWith(zones: [string, string], existing?: typeof existingVpc, preview = false): Promise<string[]> {
    const settings = { availabilityZones: zones, existingVpc: existing };
    const program = async () => {
        const subnets = balancerSubnets(settings, network, {});
        return await (subnets as unknown as { promise(): Promise<string[]> }).promise();
    };
    return (await run(program, { preview })).result;
}

describe("The balancer's subnets", () => {
    for (const { mode, preview } of modes) {
        it(`are refused where CloudFront does not reach it, with the zones to name instead (${mode})`, async () => {
            const refusal = (zones: [string, string]) =>
                subnetsWith(zones, undefined, preview).then(
                    () => expect.fail("they were taken"),
                    ({ message }) => message,
                );
            expect(await refusal(["us-east-1b", "us-east-1c"])).to.match(
                /^CloudFront reaches no balancer in us-east-1c, which is use1-az3: name two of us-east-1a, us-east-1b, us-east-1d, .* with the setting availabilityZones$/,
            );
            expect(await refusal(["us-east-1a", "us-east-1f"])).to.include("the account has no zone us-east-1f");
        });

        it(`are those of the network otherwise (${mode})`, async () => {
            expect(await subnetsWith(["us-east-1a", "us-east-1d"], undefined, preview)).to.deep.equal([
                "subnet-1",
                "subnet-2",
            ]);
        });
    }

    it("are not looked at in a VPC that exists", async () => {
        expect(await subnetsWith(["us-east-1a", "us-east-1c"], existingVpc)).to.deep.equal(["subnet-1", "subnet-2"]);
    });
});
