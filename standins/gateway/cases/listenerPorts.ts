import { DescribeListenersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const listenerPorts: Case = {
    title: "A second listener on a port",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html (DuplicateListener)",
    requests: ["elasticloadbalancing:CreateListener", "elasticloadbalancing:ModifyListener"],
    async handle(request, next, emulator) {
        const { ListenerArn, Port } = request.input;
        const LoadBalancerArn: string =
            request.input.LoadBalancerArn ??
            ListenerArn?.replace(":listener/", ":loadbalancer/").replace(/\/[^/]*$/, "");
        const { Listeners = [] } = await emulator
            .client(ElasticLoadBalancingV2Client, request.region)
            .send(new DescribeListenersCommand({ LoadBalancerArn }))
            .catch(() => ({ Listeners: [] }));
        if (Listeners.some((one) => one.ListenerArn !== ListenerArn && String(one.Port) === Port)) {
            throw new AwsError(
                "DuplicateListener",
                `A listener already exists on this port for this load balancer '${LoadBalancerArn}'`,
            );
        }
        return next(request);
    },
};
