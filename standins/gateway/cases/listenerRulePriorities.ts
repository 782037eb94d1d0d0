import { DescribeRulesCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const listenerRulePriorities: Case = {
    title: "A second rule of a priority",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html (PriorityInUse)",
    requests: ["elasticloadbalancing:CreateRule"],
    async handle(request, next, emulator) {
        const { ListenerArn, Priority } = request.input;
        const { Rules = [] } = await emulator
            .client(ElasticLoadBalancingV2Client, request.region)
            .send(new DescribeRulesCommand({ ListenerArn }))
            .catch(() => ({ Rules: [] }));
        if (Rules.some((rule) => rule.Priority === Priority)) {
            throw new AwsError("PriorityInUse", `Priority '${Priority}' is currently in use`);
        }
        return next(request);
    },
};
