import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { StoryNetwork, type StoryNetworkArgs } from "../../../components/index.ts";
import { afterInternetRoutes } from "../../../components/network/index.ts";
import { knownZones } from "../../../components/network/zones.ts";
import { modes, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };
const zones = ["us-east-1a", "us-east-1b"];

const network = (change: object) =>
    new StoryNetwork("network", { ...naming, availabilityZones: zones, ...change } as StoryNetworkArgs);

for (const options of modes) {
    describe(`StoryNetwork (${options.mode})`, () => {
        it("lays two public and two isolated subnets out, without a NAT gateway", async () => {
            const { resources } = await run(() => network({}), options);
            const { inputs } = resources.one("awsx:ec2:Vpc");
            expect(inputs).to.deep.include({ cidrBlock: "10.100.0.0/16", natGateways: { strategy: "None" } });
            expect(inputs.subnetSpecs.map((spec: { cidrBlocks: string[] }) => spec.cidrBlocks)).to.deep.equal([
                ["10.100.1.0/24", "10.100.2.0/24"],
                ["10.100.11.0/24", "10.100.12.0/24"],
            ]);
            expect(inputs.tags.Name).to.equal("story-42-vpc-dev");
        });

        it("lays three zones out in a block of any size that fits", async () => {
            const blocksOf = async (change: object) => {
                const availabilityZones = [...zones, "us-east-1c"];
                const { resources } = await run(() => network({ availabilityZones, ...change }), options);
                const { subnetSpecs } = resources.one("awsx:ec2:Vpc").inputs;
                return subnetSpecs.map((spec: { name: string; cidrBlocks: string[] }) => [spec.name, spec.cidrBlocks]);
            };
            const third = (numbers: number[]) => numbers.map((number) => `10.100.${number}.0/24`);
            expect(await blocksOf({})).to.deep.equal([
                ["public", third([1, 2, 3])],
                ["isolated", third([11, 12, 13])],
            ]);
            expect(await blocksOf({ cidrBlock: "172.16.254.0/23", natGateways: "single" })).to.deep.equal([
                ["public", ["172.16.254.32/27", "172.16.254.64/27", "172.16.254.96/27"]],
                ["private", ["172.16.254.160/27", "172.16.254.192/27", "172.16.254.224/27"]],
                ["isolated", ["172.16.255.96/27", "172.16.255.128/27", "172.16.255.160/27"]],
            ]);
        });

        it("takes zones that a call tells", async () => {
            const availabilityZones = aws.getAvailabilityZonesOutput().names.apply((names) => names.slice(0, 3));
            const { resources } = await run(() => network({ availabilityZones }), options);
            const { inputs } = resources.one("awsx:ec2:Vpc");
            expect(inputs.availabilityZoneNames).to.deep.equal(["us-east-1a", "us-east-1b", "us-east-1c"]);
            expect(inputs.subnetSpecs[0].cidrBlocks).to.have.length(3);
        });

        for (const [natGateways, strategy] of [
            ["none", "None"],
            ["single", "Single"],
            ["one-per-zone", "OnePerAz"],
        ] as const) {
            it(`has private subnets behind NAT gateways where they are asked for: ${natGateways}`, async () => {
                const { resources, result } = await run(() => network({ natGateways }), options);
                const { inputs } = resources.one("awsx:ec2:Vpc");
                expect(inputs.natGateways).to.deep.equal({ strategy });
                const kinds = inputs.subnetSpecs.map((spec: { type: string }) => spec.type);
                expect(kinds.includes("Private")).to.equal(natGateways !== "none");
                expect(result.privateSubnetIds !== undefined).to.equal(natGateways !== "none");
            });
        }

        it("reaches S3 and DynamoDB by gateway endpoints, and empties the default group", async () => {
            const { resources } = await run(() => network({}), options);
            const endpoints = resources.ofType("aws:ec2/vpcEndpoint:VpcEndpoint");
            expect(endpoints.map((one) => one.inputs.vpcEndpointType)).to.deep.equal(["Gateway", "Gateway"]);
            const group = resources.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs;
            expect(group).to.deep.include({ ingress: [], egress: [] });
        });

        it("lets the flow log look for its group, before there is a flow log", async () => {
            const { resources } = await run(() => network({ flowLog: { retentionDays: 7 } }), options);
            const policy = resources.one("aws:iam/rolePolicy:RolePolicy");
            expect(resources.one("aws:ec2/flowLog:FlowLog").dependsOn).to.include(policy.name);
            if (!options.preview) {
                const statements: { Action: string[]; Resource: unknown }[] = JSON.parse(
                    policy.inputs.policy,
                ).Statement;
                expect(statements.find(({ Action }) => Action.includes("logs:DescribeLogGroups"))?.Resource).to.equal(
                    "*",
                );
                expect(statements.flatMap(({ Action }) => Action)).to.include("logs:CreateLogGroup");
            }
        });

        it("makes nothing in a VPC that exists", async () => {
            const existing = {
                vpcId: "vpc-1",
                publicSubnetIds: ["subnet-1", "subnet-2"],
                isolatedSubnetIds: ["subnet-3", "subnet-4"],
            };
            const { resources } = await run(() => new StoryNetwork("network", { ...naming, existing }), options);
            expect(resources.all.map((one) => one.type)).to.not.include("awsx:ec2:Vpc");
        });
    });
}

describe("Zones of a StoryNetwork that are an output", () => {
    const failure = async (zonesOf: () => pulumi.Output<string[]>) => {
        const { result } = await run(() => ({ error: knownZones("network", zonesOf()).catch(String) }), {
            preview: true,
        });
        return await result.error;
    };

    it("are refused where a preview does not know them, or they are too many", async () => {
        const ofResource = () => new aws.ec2.Subnet("other", { vpcId: "vpc-1" }).availabilityZone.apply((one) => [one]);
        expect(await failure(ofResource)).to.match(/availabilityZones is an output that is not known yet/);
        const all = () => aws.getAvailabilityZonesOutput().names;
        expect(await failure(all)).to.match(/availabilityZones is \["us-east-1a",.*two or three/);
    });
});

describe("The public subnets of a StoryNetwork", () => {
    it("have their way to the internet for as long as there is something in them", async () => {
        const { resources } = await run(() => {
            const internetGateway = pulumi.output(new aws.ec2.InternetGateway("gateway"));
            const routes = pulumi.output([new aws.ec2.Route("route", { routeTableId: "table" })]);
            const routeTableAssociations = pulumi.output([
                new aws.ec2.RouteTableAssociation("association", { routeTableId: "table" }),
            ]);
            const publicSubnetIds = pulumi.output(["subnet-1"]);
            const subnets = afterInternetRoutes({ internetGateway, routes, routeTableAssociations }, publicSubnetIds);
            return new aws.ec2.NetworkInterface("inside", { subnetId: subnets.apply(([first = ""]) => first) });
        });
        const inside = resources.one("aws:ec2/networkInterface:NetworkInterface");
        expect(inside.inputFrom("subnetId")).to.have.members(["gateway", "route", "association"]);
    });
});

describe("arguments that StoryNetwork rejects", () => {
    for (const [change, expected] of [
        [{ availabilityZones: ["us-east-1a"] }, /availabilityZones is \["us-east-1a"\]; it must name two/],
        [{ availabilityZones: ["a", "b", "a"] }, /availabilityZones is .*; it must name two or three different/],
        [{ cidrBlock: "10.0.0.0/24" }, /cidrBlock is "10.0.0.0\/24"; it must be between \/16, .* and \/23/],
        [{ cidrBlock: "10.0.0.0/8" }, /cidrBlock is "10.0.0.0\/8"; it must be between \/16/],
        [{ cidrBlock: "10.0.9.0/20" }, /cidrBlock is "10.0.9.0\/20"; its first address is 10.0.0.0\/20/],
        [{ cidrBlock: "10.0.300.0/20" }, /cidrBlock is "10.0.300.0\/20"; it must be an IPv4 block/],
        [{ natGateways: "two" }, /natGateways is "two"; it must be one of none, single, one-per-zone/],
        [
            { existing: { vpcId: "vpc-1", publicSubnetIds: [], isolatedSubnetIds: ["a", "b"] } },
            /existing and availabilityZones are both given[\s\S]*publicSubnetIds has fewer than two/,
        ],
        [{ flowLog: { retentionDays: 0 } }, /flowLog.retentionDays is 0/],
    ] as const) {
        it(Object.keys(change).join(" and "), async () => {
            const error = await run(() => network(change)).catch(String);
            expect(error).to.match(expected);
        });
    }
});
