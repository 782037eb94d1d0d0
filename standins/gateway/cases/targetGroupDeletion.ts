import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Case } from "../case.ts";
import { loadBalancing, targetGroupsOf } from "../loadBalancers.ts";
import { AwsError } from "../response.ts";

export const targetGroupDeletion: Case = {
    title: "The deletion of a target group in use",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html (ResourceInUse)",
    requests: ["elasticloadbalancing:DeleteTargetGroup"],
    async handle(request, next, emulator) {
        const { TargetGroupArn } = request.input;
        const { listeners, rules } = await loadBalancing(emulator.client(ElasticLoadBalancingV2Client, request.region));
        const actions = [
            ...listeners.flatMap(({ DefaultActions = [] }) => DefaultActions),
            ...rules.flatMap(({ Actions = [] }) => Actions),
        ];
        if (targetGroupsOf(actions).includes(TargetGroupArn)) {
            throw new AwsError(
                "ResourceInUse",
                `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
            );
        }
        return next(request);
    },
};
