import {
    AssociateRouteTableCommand,
    AttachInternetGatewayCommand,
    AuthorizeSecurityGroupEgressCommand,
    AuthorizeSecurityGroupIngressCommand,
    CreateFlowLogsCommand,
    CreateInternetGatewayCommand,
    CreateRouteCommand,
    CreateRouteTableCommand,
    CreateSecurityGroupCommand,
    CreateSubnetCommand,
    CreateVpcCommand,
    CreateVpcEndpointCommand,
    DeleteFlowLogsCommand,
    DeleteInternetGatewayCommand,
    DeleteRouteTableCommand,
    DeleteSecurityGroupCommand,
    DeleteSubnetCommand,
    DeleteVpcCommand,
    DeleteVpcEndpointsCommand,
    DescribeFlowLogsCommand,
    DescribeSecurityGroupRulesCommand,
    DescribeSecurityGroupsCommand,
    DescribeVpcEndpointsCommand,
    DetachInternetGatewayCommand,
    EC2Client,
    type IpPermission,
    ModifySecurityGroupRulesCommand,
    ModifyVpcEndpointCommand,
    RevokeSecurityGroupEgressCommand,
    RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import {
    CreateLoadBalancerCommand,
    DeleteLoadBalancerCommand,
    ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's networks", () => {
    let world: GatewayWorld;
    let ec2: EC2Client;
    let past: EC2Client;
    let vpcId: string;
    let free = 0;

    before(async () => {
        world = await GatewayWorld.open();
        ec2 = world.client(EC2Client);
        past = world.past(EC2Client);
        const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
        vpcId = Vpc?.VpcId ?? "";
    });
    after(() => world.close());

    async function subnet(cidr?: string): Promise<string> {
        free += 1;
        const CidrBlock = cidr ?? `10.9.${free}.0/24`;
        const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock }));
        return Subnet?.SubnetId ?? "";
    }

    async function group(): Promise<string> {
        free += 1;
        const { GroupId = "" } = await ec2.send(
            new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: `group-${free}`, Description: "of a test" }),
        );
        return GroupId;
    }

    const port = (number: number, sources: IpPermission): IpPermission[] => [
        { IpProtocol: "tcp", FromPort: number, ToPort: number, ...sources },
    ];

    it("refuses a subnet out of its network, and one over another", async () => {
        await subnet("10.9.200.0/24");
        expect(await refusalOf(subnet("10.9.200.128/25"))).to.deep.equal({
            code: "InvalidSubnet.Conflict",
            message: "The CIDR '10.9.200.128/25' conflicts with another subnet",
        });
        expect(await refusalOf(subnet("10.8.0.0/24"))).to.deep.equal({
            code: "InvalidSubnet.Range",
            message: "The CIDR '10.8.0.0/24' is invalid.",
        });
        await subnet("10.9.201.0/24");
        await past.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.8.0.0/24" }));
        await past.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.9.200.128/25" }));
    });

    it("refuses a rule that a security group has", async () => {
        const GroupId = await group();
        const allow = (client: EC2Client, IpPermissions: IpPermission[]) =>
            client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
        await allow(ec2, port(443, { IpRanges: [{ CidrIp: "10.0.0.0/8" }] }));
        await allow(ec2, port(443, { IpRanges: [{ CidrIp: "11.0.0.0/8" }] }));
        await allow(ec2, port(80, { IpRanges: [{ CidrIp: "10.0.0.0/8" }] }));
        const again = port(443, { IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "again" }] });
        expect(await refusalOf(allow(ec2, again))).to.deep.equal({
            code: "InvalidPermission.Duplicate",
            message: 'the specified rule "peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW" already exists',
        });
        const everything = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
        const egress = ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything }));
        expect((await refusalOf(egress)).message).to.contain('"peer: 0.0.0.0/0, ALL, ALLOW"');
        await allow(past, again);
    });

    it("revokes the rule for all protocols, whatever ports are told", async () => {
        const GroupId = await group();
        const IpPermissions = [{ IpProtocol: "-1", FromPort: 0, ToPort: 0, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
        const egress = async () => {
            const described = new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] });
            return (await ec2.send(described)).SecurityGroups?.[0]?.IpPermissionsEgress;
        };
        await past.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions }));
        expect(await egress()).to.have.length(1);
        await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions }));
        expect(await egress()).to.deep.equal([]);
        await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions }));
        expect((await egress())?.[0]).not.to.have.property("FromPort");
    });

    it("keeps a rule's prefix list", async () => {
        const GroupId = await group();
        const [one, other] = ["pl-3b927c52", "pl-0123456789abcdef0"];
        const allow = (client: EC2Client, id: string) =>
            client.send(
                new AuthorizeSecurityGroupIngressCommand({
                    GroupId,
                    IpPermissions: port(8080, { PrefixListIds: [{ PrefixListId: id, Description: "the edge" }] }),
                }),
            );
        const rules = async (client = ec2) => {
            const Filters = [{ Name: "group-id", Values: [GroupId] }];
            const { SecurityGroupRules = [] } = await client.send(new DescribeSecurityGroupRulesCommand({ Filters }));
            return SecurityGroupRules.filter(({ IsEgress }) => !IsEgress);
        };
        const { SecurityGroupRules: [made] = [] } = await allow(ec2, one);
        expect(made).to.include({ PrefixListId: one, Description: "the edge" });
        await allow(ec2, other);
        expect((await rules()).map(({ PrefixListId }) => PrefixListId)).to.have.members([one, other]);
        expect((await rules())[0]).not.to.have.property("CidrIpv6");
        expect(await refusalOf(allow(ec2, other))).to.deep.equal({
            code: "InvalidPermission.Duplicate",
            message: `the specified rule "peer: ${other}, TCP, from port: 8080, to port: 8080, ALLOW" already exists`,
        });
        const { SecurityGroups: [described] = [] } = await ec2.send(
            new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }),
        );
        const lists = described?.IpPermissions?.flatMap(({ PrefixListIds = [] }) => PrefixListIds) ?? [];
        expect(lists.map(({ PrefixListId }) => PrefixListId)).to.have.members([one, other]);
        expect(described?.IpPermissions?.flatMap(({ Ipv6Ranges = [] }) => Ipv6Ranges)).to.deep.equal([]);

        const id = made?.SecurityGroupRuleId ?? "";
        await ec2.send(
            new ModifySecurityGroupRulesCommand({
                GroupId,
                SecurityGroupRules: [
                    {
                        SecurityGroupRuleId: id,
                        SecurityGroupRule: { IpProtocol: "tcp", FromPort: 8081, ToPort: 8081, PrefixListId: one },
                    },
                ],
            }),
        );
        expect((await rules()).find(({ PrefixListId }) => PrefixListId === one)).to.include({ FromPort: 8081 });
        for (const { SecurityGroupRuleId = "" } of await rules()) {
            await ec2.send(
                new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [SecurityGroupRuleId] }),
            );
        }
        expect(await rules()).to.deep.equal([]);

        await allow(past, one);
        expect((await rules(past))[0]).not.to.have.property("PrefixListId");
    });

    it("refuses another route to a destination, and another route table of a subnet", async () => {
        const table = async () =>
            (await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }))).RouteTable?.RouteTableId ?? "";
        const [RouteTableId, other] = [await table(), await table()];
        const gateway = async () =>
            (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? "";
        const [one, two] = [await gateway(), await gateway()];
        const lead = (GatewayId: string, client = ec2) =>
            client.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId }));
        await lead(one);
        await lead(one);
        expect(await refusalOf(lead(two))).to.deep.equal({
            code: "RouteAlreadyExists",
            message: "The route identified by 0.0.0.0/0 already exists.",
        });
        await lead(two, past);

        const SubnetId = await subnet();
        await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
        const again = new AssociateRouteTableCommand({ RouteTableId: other, SubnetId });
        expect(await refusalOf(ec2.send(again))).to.deep.equal({
            code: "Resource.AlreadyAssociated",
            message: `the specified association for route table ${other} conflicts with an existing association`,
        });
        await past.send(again);

        const removal = new DeleteRouteTableCommand({ RouteTableId });
        expect(await refusalOf(ec2.send(removal))).to.deep.equal({
            code: "DependencyViolation",
            message: `The routeTable '${RouteTableId}' has dependencies and cannot be deleted.`,
        });
        await past.send(removal);
    });

    it("refuses to delete a network that has a route table or an endpoint", async () => {
        const create = async () =>
            (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16" }))).Vpc?.VpcId ?? "";
        const VpcId = await create();
        const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }));
        const remove = (client = ec2) => client.send(new DeleteVpcCommand({ VpcId }));
        const refused = {
            code: "DependencyViolation",
            message: `The vpc '${VpcId}' has dependencies and cannot be deleted.`,
        };
        expect(await refusalOf(remove())).to.deep.equal(refused);
        await ec2.send(new DeleteRouteTableCommand({ RouteTableId: RouteTable?.RouteTableId }));
        const ServiceName = "com.amazonaws.us-east-1.s3";
        const { VpcEndpoint } = await ec2.send(new CreateVpcEndpointCommand({ VpcId, ServiceName }));
        // Another network's endpoint keeps no network.
        const { Vpc: other } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16" }));
        await ec2.send(new DeleteVpcCommand({ VpcId: other?.VpcId }));
        expect(await refusalOf(remove())).to.deep.equal(refused);
        await remove(past);
        await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ""] }));
        await ec2.send(new DeleteVpcCommand({ VpcId: await create() }));
    });

    it("refuses to delete an internet gateway that is attached", async () => {
        const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
        const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
        await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
        const removal = new DeleteInternetGatewayCommand({ InternetGatewayId });
        expect(await refusalOf(ec2.send(removal))).to.deep.equal({
            code: "DependencyViolation",
            message: `The internetGateway '${InternetGatewayId}' has dependencies and cannot be deleted.`,
        });
        await ec2.send(new DetachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
        await ec2.send(removal);
        const { InternetGateway: another } = await ec2.send(new CreateInternetGatewayCommand({}));
        const of = { InternetGatewayId: another?.InternetGatewayId ?? "" };
        await past.send(new AttachInternetGatewayCommand({ VpcId: vpcId, ...of }));
        await past.send(new DeleteInternetGatewayCommand(of));
    });

    it("refuses to delete a subnet or a security group that something is in", async () => {
        const elb = world.client(ElasticLoadBalancingV2Client);
        const subnets = [await subnet(), await subnet()];
        const [own, named, endpoint] = [await group(), await group(), await group()];
        const { LoadBalancers: [balancer] = [] } = await elb.send(
            new CreateLoadBalancerCommand({ Name: "inside", Subnets: subnets, SecurityGroups: [own] }),
        );
        await ec2.send(
            new AuthorizeSecurityGroupIngressCommand({
                GroupId: own,
                IpPermissions: port(80, { UserIdGroupPairs: [{ GroupId: named }] }),
            }),
        );
        const place = await subnet();
        const { VpcEndpoint } = await ec2.send(
            new CreateVpcEndpointCommand({
                VpcId: vpcId,
                ServiceName: "com.amazonaws.us-east-1.ecr.api",
                VpcEndpointType: "Interface",
                SubnetIds: [place],
                SecurityGroupIds: [endpoint],
            }),
        );
        for (const SubnetId of [...subnets, place]) {
            expect(await refusalOf(ec2.send(new DeleteSubnetCommand({ SubnetId })))).to.deep.equal({
                code: "DependencyViolation",
                message: `The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
            });
        }
        for (const GroupId of [own, named, endpoint]) {
            expect(await refusalOf(ec2.send(new DeleteSecurityGroupCommand({ GroupId })))).to.deep.equal({
                code: "DependencyViolation",
                message: `resource ${GroupId} has a dependent object`,
            });
        }
        await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: balancer?.LoadBalancerArn }));
        await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ""] }));
        for (const GroupId of [own, named, endpoint]) {
            await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
        }
        for (const SubnetId of [...subnets, place]) {
            await ec2.send(new DeleteSubnetCommand({ SubnetId }));
        }

        const used = await subnet();
        const inUse = await group();
        await elb.send(new CreateLoadBalancerCommand({ Name: "left", Subnets: [used], SecurityGroups: [inUse] }));
        await past.send(new DeleteSubnetCommand({ SubnetId: used }));
        await past.send(new DeleteSecurityGroupCommand({ GroupId: inUse }));
    });

    it("keeps a flow log's role, interval and tags", async () => {
        const role = "arn:aws:iam::000000000000:role/writes-flow-logs";
        const create = async (settings: object, client = ec2) => {
            const { FlowLogIds = [] } = await client.send(
                new CreateFlowLogsCommand({
                    ResourceIds: [vpcId],
                    ResourceType: "VPC",
                    TrafficType: "ALL",
                    LogDestination: "arn:aws:logs:us-east-1:000000000000:log-group:flows",
                    TagSpecifications: [{ ResourceType: "vpc-flow-log", Tags: [{ Key: "Name", Value: "flows" }] }],
                    ...settings,
                }),
            );
            return FlowLogIds[0] ?? "";
        };
        const read = async (id: string, client = ec2) => {
            const { FlowLogs = [] } = await client.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }));
            return FlowLogs.map(({ DeliverLogsPermissionArn, MaxAggregationInterval, Tags }) => ({
                role: DeliverLogsPermissionArn,
                interval: MaxAggregationInterval,
                tags: Tags?.map(({ Key, Value }) => `${Key} ${Value}`),
            }))[0];
        };
        const id = await create({ DeliverLogsPermissionArn: role, MaxAggregationInterval: 60 });
        expect(await read(id)).to.deep.equal({ role, interval: 60, tags: ["Name flows"] });
        const plain = await create({ TagSpecifications: undefined });
        expect(await read(plain)).to.deep.include({ role: undefined, interval: 600 });
        await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id, plain] }));
        expect(await read(id)).to.equal(undefined);

        // MiniStack itself keeps none of them: the case is still needed.
        const bare = await create({ DeliverLogsPermissionArn: role, MaxAggregationInterval: 60 }, past);
        const told = await read(bare, past);
        expect(told).to.deep.include({ role: undefined, interval: undefined });
        expect(told?.tags ?? []).to.deep.equal([]);
        await past.send(new DeleteFlowLogsCommand({ FlowLogIds: [bare] }));
    });

    it("keeps an endpoint's policy, security groups and private DNS", async () => {
        const groups = [await group(), await group()];
        const [own = "", other = ""] = groups;
        const policy = JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*", Sid: "a<b&c" }],
        });
        const create = (settings: object, client = ec2) =>
            client.send(
                new CreateVpcEndpointCommand({
                    VpcId: vpcId,
                    ServiceName: "com.amazonaws.us-east-1.s3",
                    VpcEndpointType: "Gateway",
                    ...settings,
                }),
            );
        const read = async (VpcEndpointId = "", client = ec2) => {
            const { VpcEndpoints = [] } = await client.send(
                new DescribeVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId] }),
            );
            return VpcEndpoints[0];
        };
        const { VpcEndpoint: set } = await create({ PolicyDocument: policy });
        expect(set?.PolicyDocument).to.equal(policy);
        const id = set?.VpcEndpointId;
        expect((await read(id))?.PolicyDocument).to.equal(policy);
        await ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId: id, ResetPolicy: true }));
        expect(JSON.parse((await read(id))?.PolicyDocument ?? "").Statement).to.deep.equal([
            { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
        ]);

        const { VpcEndpoint: inside } = await create({
            ServiceName: "com.amazonaws.us-east-1.ecr.dkr",
            VpcEndpointType: "Interface",
            SubnetIds: [await subnet()],
            SecurityGroupIds: [own],
            PrivateDnsEnabled: true,
        });
        await ec2.send(
            new ModifyVpcEndpointCommand({
                VpcEndpointId: inside?.VpcEndpointId,
                AddSecurityGroupIds: [other],
                RemoveSecurityGroupIds: [own],
            }),
        );
        const interfaces = await read(inside?.VpcEndpointId);
        expect(interfaces?.Groups?.map(({ GroupId }) => GroupId)).to.deep.equal([other]);
        expect(interfaces?.PrivateDnsEnabled).to.equal(true);

        const { VpcEndpoint: forgotten } = await create({ PolicyDocument: policy }, past);
        expect(await read(forgotten?.VpcEndpointId, past)).not.to.have.property("PolicyDocument");
    });
});
