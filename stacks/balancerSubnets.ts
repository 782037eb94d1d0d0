import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { mapProviderOutput } from "../components/core/mocked.ts";
import type { StoryNetwork } from "../components/index.ts";
import type { StorySettings } from "./settings.ts";
import { usableZones, zoneProblem } from "./zones.ts";

/**
 * The load balancer's subnets. Fails the preview when CloudFront does not support their zones: AWS reports that only as
 * it creates the VPC origin, after everything else.
 */
export function balancerSubnets(
    { existingVpc, availabilityZones }: Pick<StorySettings, "existingVpc" | "availabilityZones">,
    network: Pick<StoryNetwork, "isolatedSubnetIds">,
    opts: { parent?: pulumi.Resource },
): pulumi.Output<string[]> {
    if (existingVpc) {
        return network.isolatedSubnetIds;
    }
    const { names, zoneIds } = aws.getAvailabilityZonesOutput({}, opts);
    const checked = mapProviderOutput(names, (known) =>
        zoneIds.apply((ids) => {
            const zones = known.map((name, index) => ({ name, id: ids[index] ?? "" }));
            const problem = zoneProblem(availabilityZones, zones);
            if (problem) {
                throw new pulumi.RunError(
                    `${problem}: name two of ${usableZones(zones).join(", ")} with the setting availabilityZones`,
                );
            }
        }),
    );
    return pulumi.all([network.isolatedSubnetIds, checked]).apply(([ids]) => ids);
}
