import { CloudFrontClient, CreateVpcOriginCommand } from "@aws-sdk/client-cloudfront";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
    type Action,
    CreateListenerCommand,
    CreateLoadBalancerCommand,
    CreateRuleCommand,
    CreateTargetGroupCommand,
    DeleteLoadBalancerCommand,
    DeleteTargetGroupCommand,
    DescribeListenersCommand,
    DescribeLoadBalancersCommand,
    DescribeRulesCommand,
    DescribeTargetGroupsCommand,
    ElasticLoadBalancingV2Client,
    ModifyListenerCommand,
    ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's load balancers", () => {
    let world: GatewayWorld;
    let elb: ElasticLoadBalancingV2Client;
    let past: ElasticLoadBalancingV2Client;
    let vpcId: string;
    let subnets: string[];
    let made = 0;

    before(async () => {
        world = await GatewayWorld.open();
        elb = world.client(ElasticLoadBalancingV2Client);
        past = world.past(ElasticLoadBalancingV2Client);
        const ec2 = world.client(EC2Client);
        const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
        vpcId = Vpc?.VpcId ?? "";
        subnets = await Promise.all(
            ["10.9.1.0/24", "10.9.2.0/24"].map(async (CidrBlock) => {
                const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock }));
                return Subnet?.SubnetId ?? "";
            }),
        );
    });
    after(() => world.close());

    async function balancer(client = elb): Promise<string> {
        made += 1;
        const { LoadBalancers: [one] = [] } = await client.send(
            new CreateLoadBalancerCommand({ Name: `balancer-${made}`, Subnets: subnets, Scheme: "internal" }),
        );
        return one?.LoadBalancerArn ?? "";
    }

    async function targetGroup(settings: object = {}, client = elb): Promise<string> {
        made += 1;
        const { TargetGroups: [one] = [] } = await client.send(
            new CreateTargetGroupCommand({
                Name: `targets-${made}`,
                VpcId: vpcId,
                Port: 80,
                Protocol: "HTTP",
                TargetType: "ip",
                ...settings,
            }),
        );
        return one?.TargetGroupArn ?? "";
    }

    async function listener(LoadBalancerArn: string, Port: number, action: Partial<Action>, client = elb) {
        const { Listeners: [one] = [] } = await client.send(
            new CreateListenerCommand({
                LoadBalancerArn,
                Port,
                Protocol: "HTTP",
                DefaultActions: [{ Type: "forward", ...action }],
            }),
        );
        return one;
    }

    it("tells the network that a load balancer is in", async () => {
        const read = async (LoadBalancerArn: string) =>
            (await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] })))
                .LoadBalancers?.[0];
        expect((await read(await balancer()))?.VpcId).to.equal(vpcId);
        expect((await read(await balancer(past)))?.VpcId).not.to.equal(vpcId);
    });

    it("refuses to delete a load balancer that is protected or that CloudFront has, and its listeners go with it", async () => {
        const LoadBalancerArn = await balancer();
        const protect = (value: boolean, arn = LoadBalancerArn) =>
            elb.send(
                new ModifyLoadBalancerAttributesCommand({
                    LoadBalancerArn: arn,
                    Attributes: [{ Key: "deletion_protection.enabled", Value: String(value) }],
                }),
            );
        const remove = () => elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
        await protect(true);
        expect(await refusalOf(remove())).to.deep.equal({
            code: "OperationNotPermittedException",
            message: `Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
        });
        await protect(false);
        const TargetGroupArn = await targetGroup();
        await listener(LoadBalancerArn, 80, { TargetGroupArn });
        await remove();
        await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn }));

        const origin = await balancer();
        await world.client(CloudFrontClient).send(
            new CreateVpcOriginCommand({
                VpcOriginEndpointConfig: {
                    Name: "inside",
                    Arn: origin,
                    HTTPPort: 80,
                    HTTPSPort: 443,
                    OriginProtocolPolicy: "http-only",
                },
            }),
        );
        const refused = await refusalOf(elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: origin })));
        expect(refused).to.deep.equal({
            code: "ResourceInUseException",
            message: `Load balancer '${origin}' cannot be deleted because it is currently associated with another service`,
        });
        await protect(true, origin);
        await past.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: origin }));
    });

    it("refuses a second listener on a port, and a second rule of a priority", async () => {
        const [one, other] = [await balancer(), await balancer()];
        const TargetGroupArn = await targetGroup();
        await listener(one, 80, { TargetGroupArn });
        await listener(other, 80, { TargetGroupArn });
        const second = await listener(one, 8080, { TargetGroupArn });
        const taken = {
            code: "DuplicateListenerException",
            message: `A listener already exists on this port for this load balancer '${one}'`,
        };
        expect(await refusalOf(listener(one, 80, { TargetGroupArn }))).to.deep.equal(taken);
        const ListenerArn = second?.ListenerArn;
        const move = (Port: number) => elb.send(new ModifyListenerCommand({ ListenerArn, Port }));
        expect(await refusalOf(move(80))).to.deep.equal(taken);
        await move(8080);

        const rule = (path: string, client = elb) =>
            client.send(
                new CreateRuleCommand({
                    ListenerArn,
                    Priority: 1,
                    Conditions: [{ Field: "path-pattern", Values: [path] }],
                    Actions: [{ Type: "forward", TargetGroupArn }],
                }),
            );
        await rule("/one");
        expect(await refusalOf(rule("/two"))).to.deep.equal({
            code: "PriorityInUseException",
            message: "Priority '1' is currently in use",
        });
        await rule("/two", past);
        await listener(one, 80, { TargetGroupArn }, past);
    });

    it("refuses to delete a target group in use", async () => {
        const [listened, ruled] = [await targetGroup(), await targetGroup()];
        const one = await listener(await balancer(), 80, { TargetGroupArn: listened });
        await elb.send(
            new CreateRuleCommand({
                ListenerArn: one?.ListenerArn,
                Priority: 1,
                Conditions: [{ Field: "path-pattern", Values: ["/"] }],
                Actions: [{ Type: "forward", TargetGroupArn: ruled }],
            }),
        );
        for (const TargetGroupArn of [listened, ruled]) {
            const removal = new DeleteTargetGroupCommand({ TargetGroupArn });
            expect(await refusalOf(elb.send(removal))).to.deep.equal({
                code: "ResourceInUseException",
                message: `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
            });
            await past.send(removal);
        }
    });

    it("keeps a target group's protocol version", async () => {
        const read = async (arn: string) => {
            const { TargetGroups: [one] = [] } = await elb.send(
                new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }),
            );
            return one?.ProtocolVersion;
        };
        expect(await read(await targetGroup({ ProtocolVersion: "HTTP2" }))).to.equal("HTTP2");
        expect(await read(await targetGroup())).to.equal("HTTP1");
        expect(await read(await targetGroup({ Protocol: "TCP" }))).to.equal(undefined);
        expect(await read(await targetGroup({ ProtocolVersion: "HTTP2" }, past))).to.equal(undefined);
    });

    it("keeps a forward action that is given by its configuration", async () => {
        const [one, other] = [await targetGroup(), await targetGroup()];
        const LoadBalancerArn = await balancer();
        const single = { ForwardConfig: { TargetGroups: [{ TargetGroupArn: one, Weight: 1 }] } };
        const made = await listener(LoadBalancerArn, 80, single);
        const stickiness = { TargetGroupStickinessConfig: { Enabled: false } };
        const told = { ForwardConfig: { ...single.ForwardConfig, ...stickiness }, TargetGroupArn: one };
        expect(made?.DefaultActions?.[0]).to.deep.include(told);
        await listener(LoadBalancerArn, 81, { TargetGroupArn: one });
        const read = async (client = elb) =>
            (await client.send(new DescribeListenersCommand({ LoadBalancerArn }))).Listeners?.map(
                ({ DefaultActions }) => DefaultActions?.[0],
            );
        for (const action of (await read()) ?? []) {
            expect(action).to.deep.include(told);
        }
        const both = {
            TargetGroups: [
                { TargetGroupArn: one, Weight: 10 },
                { TargetGroupArn: other, Weight: 90 },
            ],
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
        };
        await elb.send(
            new ModifyListenerCommand({
                ListenerArn: made?.ListenerArn,
                DefaultActions: [{ Type: "forward", ForwardConfig: both }],
            }),
        );
        const [changed] = (await read()) ?? [];
        expect(changed?.ForwardConfig).to.deep.equal(both);
        expect(changed).not.to.have.property("TargetGroupArn");
        // The data path goes to the one that has most of the weight.
        expect((await read(past))?.[0]?.TargetGroupArn).to.equal(other);

        const { Rules: [rule] = [] } = await elb.send(
            new CreateRuleCommand({
                ListenerArn: made?.ListenerArn,
                Priority: 1,
                Conditions: [{ Field: "path-pattern", Values: ["/"] }],
                Actions: [{ Type: "forward", ForwardConfig: both }],
            }),
        );
        expect(rule?.Actions?.[0]?.ForwardConfig).to.deep.equal(both);
        const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn: made?.ListenerArn }));
        expect(Rules.find(({ Priority }) => Priority === "1")?.Actions?.[0]?.ForwardConfig).to.deep.equal(both);

        const lost = await listener(await balancer(), 80, single, past);
        expect(lost?.DefaultActions?.[0]).not.to.have.any.keys("ForwardConfig", "TargetGroupArn");
    });
});
