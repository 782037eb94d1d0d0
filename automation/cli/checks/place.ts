import { DescribeAvailabilityZonesCommand, DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type Check, ok, todo } from "./check.ts";

export const credentialsCheck: Check = {
    name: "credentials",
    async look(surroundings) {
        const { sts } = await surroundings.clients();
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
    async look(surroundings) {
        const [{ region, availabilityZones, existingVpc }, { ec2 }] = await Promise.all([
            surroundings.settings(),
            surroundings.clients(),
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
        const zones = AvailabilityZones.map(({ ZoneName = "" }) => ZoneName);
        const missing = existingVpc ? [] : availabilityZones.filter((zone) => !zones.includes(zone));
        return missing.length === 0
            ? ok(existingVpc ? region : `${region}, ${availabilityZones.join(", ")}`)
            : todo(
                  `the account has no ${missing.join(", ")}`,
                  `Name two of its zones with the setting availabilityZones: ${zones.join(", ")}`,
              );
    },
};
