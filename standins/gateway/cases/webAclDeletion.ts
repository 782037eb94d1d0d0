import { APIGatewayClient, GetStageCommand } from "@aws-sdk/client-api-gateway";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetWebACLCommand, ListResourcesForWebACLCommand, type Scope, WAFV2Client } from "@aws-sdk/client-wafv2";
import type { Case } from "../case.ts";
import { distributions } from "../distributions.ts";
import type { Emulator } from "../emulator.ts";
import { AwsError } from "../response.ts";

export const webAclDeletion: Case = {
    title: "The deletion of a web ACL in use",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteWebACL.html (WAFAssociatedItemException)",
    requests: ["wafv2:DeleteWebACL"],
    async handle(request, next, emulator) {
        const { Id, Name, Scope } = request.input as { Id: string; Name: string; Scope: Scope };
        const waf = emulator.client(WAFV2Client, request.region);
        const found = await waf.send(new GetWebACLCommand({ Id, Name, Scope })).catch(() => undefined);
        const arn = found?.WebACL?.ARN;
        if (arn && (await isInUse(arn, request.region, waf, emulator))) {
            throw new AwsError(
                "WAFAssociatedItemException",
                "AWS WAF couldn’t perform the operation because your resource is being used by another resource or " +
                    "it’s associated with another resource.",
            );
        }
        return next(request);
    },
};

/** MiniStack lists every resource that a web ACL was associated with, though it may be deleted. */
async function isInUse(arn: string, region: string, waf: WAFV2Client, emulator: Emulator): Promise<boolean> {
    if ((await distributions(emulator)).some(({ WebACLId }) => WebACLId === arn)) {
        return true;
    }
    for (const ResourceType of ["APPLICATION_LOAD_BALANCER", "API_GATEWAY"] as const) {
        const { ResourceArns = [] } = await waf.send(
            new ListResourcesForWebACLCommand({ WebACLArn: arn, ResourceType }),
        );
        const there = await Promise.all(ResourceArns.map((one) => exists(one, region, emulator)));
        if (there.includes(true)) {
            return true;
        }
    }
    return false;
}

function exists(arn: string, region: string, emulator: Emulator): Promise<boolean> {
    const [, restApiId, stageName] = /\/restapis\/([^/]+)\/stages\/([^/]+)$/.exec(arn) ?? [];
    const found: Promise<unknown> = restApiId
        ? emulator.client(APIGatewayClient, region).send(new GetStageCommand({ restApiId, stageName }))
        : emulator
              .client(ElasticLoadBalancingV2Client, region)
              .send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
    return found.then(
        () => true,
        () => false,
    );
}
