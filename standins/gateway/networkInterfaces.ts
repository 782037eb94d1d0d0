import { DescribeNatGatewaysCommand, DescribeVpcEndpointsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeServicesCommand, ECSClient, ListClustersCommand, ListServicesCommand } from "@aws-sdk/client-ecs";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import type { Emulator } from "./emulator.ts";

/** A resource that has network interfaces on AWS; MiniStack does not create them. */
interface Attached {
    subnetIds: string[];
    groupIds: string[];
}

/** The settings of a VPC endpoint, stored by its id under {@link ENDPOINT_SETTINGS}. */
export interface EndpointSettings {
    policy: string;
    groupIds: string[];
    privateDns: boolean;
}

export const ENDPOINT_SETTINGS = "ec2 endpoints";

/** The load balancers, running services, functions, interface endpoints and NAT gateways of a region that are in a network. */
export async function attachedToNetworks(emulator: Emulator, region: string): Promise<Attached[]> {
    const found = await Promise.all([
        balancers(emulator.client(ElasticLoadBalancingV2Client, region)),
        services(emulator.client(ECSClient, region)),
        functions(emulator.client(LambdaClient, region)),
        endpoints(emulator, region),
        natGateways(emulator.client(EC2Client, region)),
    ]);
    return found.flat();
}

async function balancers(elb: ElasticLoadBalancingV2Client): Promise<Attached[]> {
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
    return LoadBalancers.map(({ AvailabilityZones = [], SecurityGroups = [] }) => ({
        subnetIds: AvailabilityZones.map(({ SubnetId = "" }) => SubnetId),
        groupIds: SecurityGroups,
    }));
}

async function services(ecs: ECSClient): Promise<Attached[]> {
    const { clusterArns = [] } = await ecs.send(new ListClustersCommand({}));
    const found = await Promise.all(
        clusterArns.map(async (cluster) => {
            const { serviceArns = [] } = await ecs.send(new ListServicesCommand({ cluster }));
            return serviceArns.length === 0
                ? []
                : ((await ecs.send(new DescribeServicesCommand({ cluster, services: serviceArns }))).services ?? []);
        }),
    );
    return found
        .flat()
        .filter(
            ({ status, runningCount = 0, pendingCount = 0 }) => status === "ACTIVE" && runningCount + pendingCount > 0,
        )
        .map(({ networkConfiguration }) => ({
            subnetIds: networkConfiguration?.awsvpcConfiguration?.subnets ?? [],
            groupIds: networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [],
        }));
}

async function functions(lambda: LambdaClient): Promise<Attached[]> {
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    return Functions.map(({ VpcConfig }) => ({
        subnetIds: VpcConfig?.SubnetIds ?? [],
        groupIds: VpcConfig?.SecurityGroupIds ?? [],
    }));
}

async function endpoints(emulator: Emulator, region: string): Promise<Attached[]> {
    const { VpcEndpoints = [] } = await emulator.client(EC2Client, region).send(new DescribeVpcEndpointsCommand({}));
    return VpcEndpoints.filter(({ VpcEndpointType }) => VpcEndpointType === "Interface").map(
        ({ VpcEndpointId = "", SubnetIds = [] }) => ({
            subnetIds: SubnetIds,
            groupIds: emulator.store.get<EndpointSettings>(ENDPOINT_SETTINGS, VpcEndpointId)?.groupIds ?? [],
        }),
    );
}

async function natGateways(ec2: EC2Client): Promise<Attached[]> {
    const { NatGateways = [] } = await ec2.send(new DescribeNatGatewaysCommand({}));
    return NatGateways.filter(({ State }) => State !== "deleted").map(({ SubnetId = "" }) => ({
        subnetIds: [SubnetId],
        groupIds: [],
    }));
}
