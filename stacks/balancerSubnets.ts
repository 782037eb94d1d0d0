import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ofProvider } from "../components/core/mocked.ts";
import type { StoryNetwork } from "../components/index.ts";
import type { StorySettings } from "./settings.ts";
import { zoneProblem, zonesToName } from "./zones.ts";

/**
 * The subnets of the balancer, unless they lie where CloudFront does not reach it: AWS would say so only as the origin is
 * made, when everything else is there. A preview says it.
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
    const checked = ofProvider(names, (known) =>
        zoneIds.apply((ids) => {
            const zones = known.map((name, index) => ({ name, id: ids[index] ?? "" }));
            const problem = zoneProblem(availabilityZones, zones);
            if (problem) {
                throw new pulumi.RunError(
                    `${problem}: name two of ${zonesToName(zones).join(", ")} with the setting availabilityZones`,
                );
            }
        }),
    );
    return pulumi.all([network.isolatedSubnetIds, checked]).apply(([ids]) => ids);
}
