import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Case } from "../case.ts";
import { membersOf } from "../query.ts";

/** A load balancer is in the network of its subnets; MiniStack uses a parameter that AWS does not have. */
export const loadBalancerNetworks: Case = {
    title: "The network of a load balancer",
    difference: "invented",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html (VpcId)",
    requests: ["elasticloadbalancing:CreateLoadBalancer"],
    async handle(request, next, emulator) {
        const { input } = request;
        const mapped = membersOf(input, "SubnetMappings.member").map(({ SubnetId = "" }) => SubnetId);
        const SubnetIds = [...membersOf(input, "Subnets.member").map((one) => one[""] ?? ""), ...mapped];
        const { Subnets = [] } = await emulator
            .client(EC2Client, request.region)
            .send(new DescribeSubnetsCommand({ SubnetIds }))
            .catch(() => ({ Subnets: [] }));
        const [VpcId] = Subnets.map((subnet) => subnet.VpcId);
        return next(VpcId === undefined ? request : request.with({ ...input, VpcId }));
    },
};
