import * as ec2 from "@aws-sdk/client-ec2";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { only, removedTags, required, tagList, tagMap } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(ec2.EC2Client);
const tagsFor = (kind: string, inputs: Properties) =>
    inputs.tags ? [{ ResourceType: kind as ec2.ResourceType, Tags: tagList(inputs.tags) }] : undefined;

async function retag(id: string, inputs: Properties, cloud: Clients, old: Properties): Promise<void> {
    const gone = removedTags(old.tags, inputs.tags);
    if (gone.length > 0) {
        await client(cloud).send(new ec2.DeleteTagsCommand({ Resources: [id], Tags: gone.map((Key) => ({ Key })) }));
    }
    if (inputs.tags) {
        await client(cloud).send(new ec2.CreateTagsCommand({ Resources: [id], Tags: tagList(inputs.tags) }));
    }
}

const arn = (cloud: Clients, kind: string, id: string) => `arn:aws:ec2:${cloud.region}:${cloud.account}:${kind}/${id}`;

const vpc: ResourceType = {
    replaceOn: ["cidrBlock", "instanceTenancy"],
    computed: [
        "arn",
        "mainRouteTableId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "defaultNetworkAclId",
        "ownerId",
    ],
    async create(inputs, cloud) {
        const { Vpc } = await client(cloud).send(
            new ec2.CreateVpcCommand({ CidrBlock: inputs.cidrBlock, TagSpecifications: tagsFor("vpc", inputs) }),
        );
        const id = required(Vpc?.VpcId, "VPC id");
        await setDns(id, inputs, cloud);
        return id;
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new ec2.DescribeVpcsCommand({ VpcIds: [id] })));
        const it = only(found?.Vpcs);
        if (!it) {
            return undefined;
        }
        const attribute = async (Attribute: ec2.VpcAttributeName) =>
            client(cloud).send(new ec2.DescribeVpcAttributeCommand({ VpcId: id, Attribute }));
        const inVpc = [{ Name: "vpc-id", Values: [id] }];
        const [groups, tables, acls] = await Promise.all([
            client(cloud).send(new ec2.DescribeSecurityGroupsCommand({ Filters: inVpc })),
            client(cloud).send(new ec2.DescribeRouteTablesCommand({ Filters: inVpc })),
            client(cloud).send(new ec2.DescribeNetworkAclsCommand({ Filters: inVpc })),
        ]);
        const main = tables.RouteTables?.find((table) => table.Associations?.some((one) => one.Main))?.RouteTableId;
        return {
            arn: arn(cloud, "vpc", id),
            cidrBlock: it.CidrBlock,
            instanceTenancy: it.InstanceTenancy,
            enableDnsSupport: (await attribute("enableDnsSupport")).EnableDnsSupport?.Value,
            enableDnsHostnames: (await attribute("enableDnsHostnames")).EnableDnsHostnames?.Value,
            mainRouteTableId: main,
            defaultRouteTableId: main,
            defaultSecurityGroupId: groups.SecurityGroups?.find((group) => group.GroupName === "default")?.GroupId,
            defaultNetworkAclId: acls.NetworkAcls?.find((acl) => acl.IsDefault)?.NetworkAclId,
            ownerId: it.OwnerId,
            tags: tagMap(it.Tags),
        };
    },
    async update(id, inputs, cloud, old) {
        await setDns(id, inputs, cloud);
        await retag(id, inputs, cloud, old);
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new ec2.DeleteVpcCommand({ VpcId: id })));
    },
};

async function setDns(id: string, inputs: Properties, cloud: Clients): Promise<void> {
    for (const [name, attribute] of [
        ["enableDnsSupport", "EnableDnsSupport"],
        ["enableDnsHostnames", "EnableDnsHostnames"],
    ] as const) {
        if (inputs[name] !== undefined) {
            await client(cloud).send(
                new ec2.ModifyVpcAttributeCommand({ VpcId: id, [attribute]: { Value: inputs[name] } }),
            );
        }
    }
}

const internetGateway: ResourceType = {
    computed: ["arn", "ownerId"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ec2.CreateInternetGatewayCommand({ TagSpecifications: tagsFor("internet-gateway", inputs) }),
        );
        const InternetGatewayId = required(made.InternetGateway?.InternetGatewayId, "internet gateway id");
        if (inputs.vpcId) {
            await client(cloud).send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId, VpcId: inputs.vpcId }));
        }
        return InternetGatewayId;
    },
    async read(id, cloud) {
        const found = await ifThere(
            client(cloud).send(new ec2.DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })),
        );
        const it = only(found?.InternetGateways);
        return (
            it && {
                arn: arn(cloud, "internet-gateway", id),
                vpcId: only(it.Attachments)?.VpcId,
                ownerId: it.OwnerId ?? cloud.account,
                tags: tagMap(it.Tags),
            }
        );
    },
    async update(id, inputs, cloud, old) {
        if (inputs.vpcId !== old.vpcId) {
            await client(cloud).send(new ec2.DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: old.vpcId }));
            await client(cloud).send(
                new ec2.AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: inputs.vpcId }),
            );
        }
        await retag(id, inputs, cloud, old);
    },
    async delete(id, cloud, state) {
        if (state.vpcId) {
            await ifThere(
                client(cloud).send(new ec2.DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: state.vpcId })),
            );
        }
        await ifThere(client(cloud).send(new ec2.DeleteInternetGatewayCommand({ InternetGatewayId: id })));
    },
};

const subnet: ResourceType = {
    replaceOn: ["vpcId", "cidrBlock", "availabilityZone"],
    deleteFirst: true,
    computed: ["arn", "availabilityZoneId", "ownerId"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ec2.CreateSubnetCommand({
                VpcId: inputs.vpcId,
                CidrBlock: inputs.cidrBlock,
                AvailabilityZone: inputs.availabilityZone,
                TagSpecifications: tagsFor("subnet", inputs),
            }),
        );
        const id = required(made.Subnet?.SubnetId, "subnet id");
        await mapPublicIp(id, inputs, cloud);
        return id;
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new ec2.DescribeSubnetsCommand({ SubnetIds: [id] })));
        const it = only(found?.Subnets);
        return (
            it && {
                arn: it.SubnetArn ?? arn(cloud, "subnet", id),
                vpcId: it.VpcId,
                cidrBlock: it.CidrBlock,
                availabilityZone: it.AvailabilityZone,
                availabilityZoneId: it.AvailabilityZoneId,
                mapPublicIpOnLaunch: it.MapPublicIpOnLaunch,
                ownerId: it.OwnerId ?? cloud.account,
                tags: tagMap(it.Tags),
            }
        );
    },
    async update(id, inputs, cloud, old) {
        await mapPublicIp(id, inputs, cloud);
        await retag(id, inputs, cloud, old);
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new ec2.DeleteSubnetCommand({ SubnetId: id })));
    },
};

async function mapPublicIp(id: string, inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.mapPublicIpOnLaunch !== undefined) {
        await client(cloud).send(
            new ec2.ModifySubnetAttributeCommand({
                SubnetId: id,
                MapPublicIpOnLaunch: { Value: inputs.mapPublicIpOnLaunch },
            }),
        );
    }
}

const routeTable: ResourceType = {
    replaceOn: ["vpcId"],
    computed: ["arn", "ownerId"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ec2.CreateRouteTableCommand({ VpcId: inputs.vpcId, TagSpecifications: tagsFor("route-table", inputs) }),
        );
        return required(made.RouteTable?.RouteTableId, "route table id");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new ec2.DescribeRouteTablesCommand({ RouteTableIds: [id] })));
        const it = only(found?.RouteTables);
        return (
            it && {
                arn: arn(cloud, "route-table", id),
                vpcId: it.VpcId,
                ownerId: it.OwnerId ?? cloud.account,
                tags: tagMap(it.Tags),
            }
        );
    },
    update: retag,
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new ec2.DeleteRouteTableCommand({ RouteTableId: id })));
    },
};

const route: ResourceType = {
    replaceOn: ["routeTableId", "destinationCidrBlock"],
    deleteFirst: true,
    computed: ["origin", "state"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new ec2.CreateRouteCommand({
                RouteTableId: inputs.routeTableId,
                DestinationCidrBlock: inputs.destinationCidrBlock,
                GatewayId: inputs.gatewayId,
            }),
        );
        return `r-${inputs.routeTableId}_${inputs.destinationCidrBlock}`;
    },
    async read(id, cloud, known) {
        const [routeTableId = "", destination = ""] = /^r-(rtb-\w+)_/.test(id)
            ? [id.slice(2, id.indexOf("_")), id.slice(id.indexOf("_") + 1)]
            : id.startsWith("rtb-")
              ? id.split("_")
              : [known.routeTableId, known.destinationCidrBlock];
        const found = await ifThere(
            client(cloud).send(new ec2.DescribeRouteTablesCommand({ RouteTableIds: [routeTableId] })),
        );
        const it = only(found?.RouteTables)?.Routes?.find((one) => one.DestinationCidrBlock === destination);
        return (
            it && {
                routeTableId,
                destinationCidrBlock: destination,
                gatewayId: it.GatewayId,
                origin: it.Origin,
                state: it.State,
            }
        );
    },
    async update(_id, inputs, cloud) {
        await client(cloud).send(
            new ec2.ReplaceRouteCommand({
                RouteTableId: inputs.routeTableId,
                DestinationCidrBlock: inputs.destinationCidrBlock,
                GatewayId: inputs.gatewayId,
            }),
        );
    },
    async delete(_id, cloud, state) {
        await ifThere(
            client(cloud).send(
                new ec2.DeleteRouteCommand({
                    RouteTableId: state.routeTableId,
                    DestinationCidrBlock: state.destinationCidrBlock,
                }),
            ),
        );
    },
};

/** The association of a subnet: it has one at most, whose id changes with its route table. */
async function associationOf(subnetId: string, cloud: Clients): Promise<ec2.RouteTableAssociation | undefined> {
    const { RouteTables } = await client(cloud).send(new ec2.DescribeRouteTablesCommand({}));
    return (RouteTables ?? []).flatMap((table) => table.Associations ?? []).find((one) => one.SubnetId === subnetId);
}

const routeTableAssociation: ResourceType = {
    replaceOn: ["subnetId"],
    deleteFirst: true,
    computed: ["associationId"],
    changesWith: ["associationId"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ec2.AssociateRouteTableCommand({ RouteTableId: inputs.routeTableId, SubnetId: inputs.subnetId }),
        );
        return required(made.AssociationId, "association id");
    },
    async read(id, cloud, known) {
        // An import names the subnet and the route table, as the official provider has it.
        const [subnetId, routeTableId] = id.startsWith("subnet-") ? id.split("/") : [known.subnetId];
        const it = await associationOf(subnetId, cloud);
        return it && (routeTableId === undefined || it.RouteTableId === routeTableId)
            ? { subnetId: it.SubnetId, routeTableId: it.RouteTableId, associationId: it.RouteTableAssociationId }
            : undefined;
    },
    idOf: ({ associationId }) => associationId,
    async update(_id, inputs, cloud) {
        const it = await associationOf(inputs.subnetId, cloud);
        await client(cloud).send(
            new ec2.ReplaceRouteTableAssociationCommand({
                AssociationId: it?.RouteTableAssociationId,
                RouteTableId: inputs.routeTableId,
            }),
        );
    },
    async delete(_id, cloud, state) {
        const it = await associationOf(state.subnetId, cloud);
        if (it) {
            await ifThere(
                client(cloud).send(
                    new ec2.DisassociateRouteTableCommand({ AssociationId: it.RouteTableAssociationId }),
                ),
            );
        }
    },
};

const vpcEndpoint: ResourceType = {
    replaceOn: ["vpcId", "serviceName", "vpcEndpointType"],
    computed: [
        "arn",
        "prefixListId",
        "state",
        "ownerId",
        "cidrBlocks",
        "requesterManaged",
        "dnsEntries",
        "networkInterfaceIds",
    ],
    notEmulated: ["policy"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ec2.CreateVpcEndpointCommand({
                VpcId: inputs.vpcId,
                ServiceName: inputs.serviceName,
                VpcEndpointType: inputs.vpcEndpointType,
                RouteTableIds: inputs.routeTableIds,
                TagSpecifications: tagsFor("vpc-endpoint", inputs),
            }),
        );
        return required(made.VpcEndpoint?.VpcEndpointId, "endpoint id");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new ec2.DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] })));
        const it = only(found?.VpcEndpoints);
        return (
            it && {
                arn: arn(cloud, "vpc-endpoint", id),
                vpcId: it.VpcId,
                serviceName: it.ServiceName,
                vpcEndpointType: it.VpcEndpointType,
                routeTableIds: it.RouteTableIds,
                state: it.State,
                ownerId: it.OwnerId ?? cloud.account,
                tags: tagMap(it.Tags),
            }
        );
    },
    async update(id, inputs, cloud, old) {
        const before: string[] = old.routeTableIds ?? [];
        const after: string[] = inputs.routeTableIds ?? [];
        await client(cloud).send(
            new ec2.ModifyVpcEndpointCommand({
                VpcEndpointId: id,
                AddRouteTableIds: after.filter((one) => !before.includes(one)),
                RemoveRouteTableIds: before.filter((one) => !after.includes(one)),
            }),
        );
        await retag(id, inputs, cloud, old);
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })));
    },
};

const flowLog: ResourceType = {
    replaceOn: ["vpcId", "trafficType", "iamRoleArn", "logDestination", "logDestinationType", "maxAggregationInterval"],
    computed: ["arn"],
    notEmulated: ["iamRoleArn", "tags"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new ec2.CreateFlowLogsCommand({
                ResourceIds: [inputs.vpcId],
                ResourceType: "VPC",
                TrafficType: inputs.trafficType,
                LogDestinationType: inputs.logDestinationType ?? "cloud-watch-logs",
                LogDestination: inputs.logDestination,
                DeliverLogsPermissionArn: inputs.iamRoleArn,
                MaxAggregationInterval: inputs.maxAggregationInterval,
                TagSpecifications: tagsFor("vpc-flow-log", inputs),
            }),
        );
        return required(only(made.FlowLogIds), "flow log id");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new ec2.DescribeFlowLogsCommand({ FlowLogIds: [id] })));
        const it = only(found?.FlowLogs);
        return (
            it && {
                arn: arn(cloud, "vpc-flow-log", id),
                vpcId: it.ResourceId,
                trafficType: it.TrafficType,
                iamRoleArn: it.DeliverLogsPermissionArn,
                logDestination: it.LogDestination,
                tags: tagMap(it.Tags),
            }
        );
    },
    update: retag,
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new ec2.DeleteFlowLogsCommand({ FlowLogIds: [id] })));
    },
};

export const ec2Types: Record<string, ResourceType> = {
    "aws:ec2/vpc:Vpc": vpc,
    "aws:ec2/internetGateway:InternetGateway": internetGateway,
    "aws:ec2/subnet:Subnet": subnet,
    "aws:ec2/routeTable:RouteTable": routeTable,
    "aws:ec2/route:Route": route,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
    "aws:ec2/vpcEndpoint:VpcEndpoint": vpcEndpoint,
    "aws:ec2/flowLog:FlowLog": flowLog,
};
