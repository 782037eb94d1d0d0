import {
    type Action,
    DescribeListenersCommand,
    DescribeLoadBalancersCommand,
    DescribeRulesCommand,
    type ElasticLoadBalancingV2Client,
    type Listener,
    type LoadBalancer,
    type Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";

/** All load balancers of a region, with their listeners and the listeners' rules, default rules too. */
export async function loadBalancing(
    elb: ElasticLoadBalancingV2Client,
): Promise<{ balancers: LoadBalancer[]; listeners: Listener[]; rules: Rule[] }> {
    const { LoadBalancers: balancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
    const listeners = await Promise.all(
        balancers.map(async ({ LoadBalancerArn }) => {
            const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
            return Listeners;
        }),
    ).then((all) => all.flat());
    const rules = await Promise.all(
        listeners.map(async ({ ListenerArn }) => {
            const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
            return Rules;
        }),
    ).then((all) => all.flat());
    return { balancers, listeners, rules };
}

/** The target groups that actions forward to. */
export function targetGroupsOf(actions: readonly Action[] = []): string[] {
    return actions.flatMap(({ TargetGroupArn = "", ForwardConfig }) => [
        TargetGroupArn,
        ...(ForwardConfig?.TargetGroups ?? []).map((group) => group.TargetGroupArn ?? ""),
    ]);
}
