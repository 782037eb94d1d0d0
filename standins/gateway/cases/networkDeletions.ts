import {
    DescribeInternetGatewaysCommand,
    DescribeRouteTablesCommand,
    DescribeSecurityGroupsCommand,
    DescribeVpcEndpointsCommand,
    EC2Client,
    type RouteTable,
} from "@aws-sdk/client-ec2";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import { attachedToNetworks } from "../networkInterfaces.ts";
import type { AwsRequest } from "../request.ts";
import { AwsError } from "../response.ts";

/** By operation: whether the resource to delete is in use, and AWS's error. */
const deletions: Record<
    string,
    {
        id: string;
        words: (id: string) => string;
        isInUse: (id: string, ...of: [EC2Client, Emulator, string]) => Promise<boolean>;
    }
> = {
    DeleteSubnet: {
        id: "SubnetId",
        words: (id) => `The subnet '${id}' has dependencies and cannot be deleted.`,
        isInUse: async (id, _ec2, emulator, region) =>
            (await attachedToNetworks(emulator, region)).some(({ subnetIds }) => subnetIds.includes(id)),
    },
    DeleteSecurityGroup: {
        id: "GroupId",
        words: (id) => `resource ${id} has a dependent object`,
        isInUse: async (id, ec2, emulator, region) => {
            const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
            const isNamed = SecurityGroups.filter(({ GroupId }) => GroupId !== id).some(
                ({ IpPermissions = [], IpPermissionsEgress = [] }) =>
                    [...IpPermissions, ...IpPermissionsEgress].some(({ UserIdGroupPairs = [] }) =>
                        UserIdGroupPairs.some(({ GroupId }) => GroupId === id),
                    ),
            );
            return (
                isNamed || (await attachedToNetworks(emulator, region)).some(({ groupIds }) => groupIds.includes(id))
            );
        },
    },
    DeleteRouteTable: {
        id: "RouteTableId",
        words: (id) => `The routeTable '${id}' has dependencies and cannot be deleted.`,
        isInUse: async (id, ec2) => {
            const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }));
            return RouteTables.some(({ Associations = [] }) => Associations.length > 0);
        },
    },
    DeleteVpc: {
        id: "VpcId",
        words: (id) => `The vpc '${id}' has dependencies and cannot be deleted.`,
        isInUse: async (id, ec2) => {
            const Filters = [{ Name: "vpc-id", Values: [id] }];
            const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
            // MiniStack ignores the filter and returns those of all networks.
            const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({}));
            const isMain = ({ Associations = [] }: RouteTable) => Associations.some(({ Main }) => Main);
            return VpcEndpoints.some(({ VpcId }) => VpcId === id) || RouteTables.some((table) => !isMain(table));
        },
    },
    DeleteInternetGateway: {
        id: "InternetGatewayId",
        words: (id) => `The internetGateway '${id}' has dependencies and cannot be deleted.`,
        isInUse: async (id, ec2) => {
            const { InternetGateways = [] } = await ec2.send(
                new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }),
            );
            return InternetGateways.some(({ Attachments = [] }) => Attachments.length > 0);
        },
    },
};

export const networkDeletions: Case = {
    title: "The deletion of a network, a subnet, a security group, a route table or an internet gateway in use",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (DependencyViolation)",
    requests: Object.keys(deletions).map((name) => `ec2:${name}`),
    async handle(request: AwsRequest, next, emulator) {
        const deletion = deletions[request.operation];
        const id: string | undefined = deletion && request.input[deletion.id];
        const ec2 = emulator.client(EC2Client, request.region);
        // MiniStack answers for resources that do not exist.
        if (id && (await deletion?.isInUse(id, ec2, emulator, request.region).catch(() => false))) {
            throw new AwsError("DependencyViolation", deletion?.words(id) ?? "");
        }
        return next(request);
    },
};
