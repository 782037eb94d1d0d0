import {
    DescribeAvailabilityZonesCommand,
    DescribeRegionsCommand,
    DescribeSubnetsCommand,
    type EC2Client,
} from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { usableZones, zoneProblem, zonesWithoutVpcOrigins } from "../../../stacks/zones.ts";
import { type Check, ok, todo } from "./check.ts";

export const credentialsCheck: Check = {
    name: "credentials",
    async look(environment) {
        const { sts } = await environment.clients();
        try {
            const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
            return ok(`account ${Account}, ${Arn}`);
        } catch (error) {
            return todo(
                (error as Error).message,
                "Sign in to AWS: AWS_PROFILE, aws sso login, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            );
        }
    },
};

export const regionCheck: Check = {
    name: "region",
    async look(environment) {
        const [{ region, availabilityZones, existingVpc, agentEnabled }, { ec2 }] = await Promise.all([
            environment.settings(),
            environment.clients(),
        ]);
        const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
        const found = Regions.find(({ RegionName }) => RegionName === region);
        if (!found) {
            return todo(`there is no region ${region}`, "Name one: pulumi config set aws:region REGION");
        }
        if (found.OptInStatus === "not-opted-in") {
            return todo(`${region} is not enabled`, "Enable it in the account's settings, or set another aws:region.");
        }
        const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
        const zones = AvailabilityZones.map(({ ZoneName = "", ZoneId = "" }) => ({ name: ZoneName, id: ZoneId }));
        if (existingVpc) {
            const unreached = agentEnabled ? await subnetsWithoutVpcOrigins(existingVpc.isolatedSubnetIds, ec2) : [];
            return unreached.length === 0
                ? ok(region)
                : todo(
                      `CloudFront reaches no balancer in ${unreached.join(", ")}`,
                      "Name isolated subnets of other zones with the setting existingVpc.",
                  );
        }
        const problem = zoneProblem(availabilityZones, zones);
        return problem === undefined
            ? ok(`${region}, ${availabilityZones.join(", ")}`)
            : todo(problem, `Name two zones with the setting availabilityZones: ${usableZones(zones).join(", ")}`);
    },
};

async function subnetsWithoutVpcOrigins(SubnetIds: string[], ec2: EC2Client): Promise<string[]> {
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds }));
    return Subnets.filter(({ AvailabilityZoneId = "" }) => zonesWithoutVpcOrigins.has(AvailabilityZoneId)).map(
        ({ SubnetId, AvailabilityZoneId }) => `${SubnetId}, which is in ${AvailabilityZoneId}`,
    );
}
