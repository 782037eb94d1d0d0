/**
 * That the project's own `awsx:ec2:Vpc` builds what the official one does: the names, parents, order and settings are those of
 * pulumi-awsx's `awsx/ec2/vpc.ts` and `subnetDistributorNew.ts` for a layout with explicit CIDR blocks; the
 * outputs and arguments are those that the installed @pulumi/awsx declares.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { root } from "../../../../local/lib/paths.ts";
import { Vpc, type VpcArgs } from "../../../../plugins/awsx/vpc.ts";
import { promiseOf } from "../../../../testing/index.ts";
import { type Registered, type Registrations, run } from "../../../kit/monitor.ts";

const args: VpcArgs = {
    cidrBlock: "10.7.0.0/16",
    availabilityZoneNames: ["us-east-1a", "us-east-1b"],
    enableDnsHostnames: true,
    instanceTenancy: "dedicated",
    natGateways: { strategy: "None" },
    subnetStrategy: "Auto",
    // In another order than they are created in, with a gap that is only declared.
    subnetSpecs: [
        {
            type: "Isolated",
            name: "db",
            cidrBlocks: ["10.7.4.0/24", "10.7.5.0/24"],
            tags: { Tier: "db", team: "data" },
        },
        { type: "Unused", cidrBlocks: ["10.7.6.0/24", "10.7.7.0/24"] },
        { type: "Private", cidrBlocks: ["10.7.2.0/24", "10.7.3.0/24"] },
        { type: "Public", cidrBlocks: ["10.7.0.0/24", "10.7.1.0/24"] },
    ],
    tags: { Name: "own", team: "story" },
};

const make = (given: VpcArgs = args) => run(() => new Vpc("net", given, {}));

/** `TYPE NAME < PARENT` of each, in the order of creation. */
const tree = (resources: Registrations) =>
    resources.all.map(({ type, name, parentUrn }) => {
        const [types, parent] = parentUrn.split("::").slice(2);
        return `${short(type)} ${name} < ${short(types?.split("$").at(-1) ?? "")} ${parent ?? ""}`.trim();
    });
const short = (type: string) => type.split(":").at(-1) ?? type;

describe("The project's own awsx:ec2:Vpc", () => {
    let resources: Registrations;
    let vpc: Vpc;
    const ofSubnet = (name: string) => {
        const one = (type: string): Registered => resources.one(`aws:ec2/${type}`, name);
        return { subnet: one("subnet:Subnet"), table: one("routeTable:RouteTable") };
    };

    before(async () => {
        ({ resources, result: vpc } = await make());
    });

    it("has the official one's children, with their names and parents", () => {
        const ofOne = (name: string, isPublic = false) => [
            `Subnet ${name} < Vpc net`,
            `RouteTable ${name} < Subnet ${name}`,
            `RouteTableAssociation ${name} < RouteTable ${name}`,
            ...(isPublic ? [`Route ${name} < RouteTable ${name}`] : []),
        ];
        const children = tree(resources).slice(1);
        expect(children).to.have.members([
            "Vpc net < Vpc net",
            "InternetGateway net < Vpc net",
            ...[1, 2].flatMap((zone) => [
                ...ofOne(`net-public-${zone}`, true),
                ...ofOne(`net-private-${zone}`),
                ...ofOne(`net-db-${zone}`),
            ]),
        ]);
        const official = resources.one("aws:ec2/vpc:Vpc", "net");
        expect(official.parentUrn).to.match(/::awsx:ec2:Vpc::net$/);
        for (const { type, name, parentUrn } of resources.all.filter(({ parentUrn }) => parentUrn !== "")) {
            const inner = type === "aws:ec2/vpc:Vpc" ? /::awsx:ec2:Vpc::/ : /^urn:.+::awsx:ec2:Vpc\$aws:ec2\/vpc:Vpc/;
            expect(parentUrn, `${type} ${name}`).to.match(inner);
        }
    });

    it("gives the network what the program gives, and its own name as a tag unless that is given", async () => {
        const { inputs } = resources.one("aws:ec2/vpc:Vpc");
        expect(inputs).to.deep.equal({
            cidrBlock: "10.7.0.0/16",
            enableDnsHostnames: true,
            instanceTenancy: "dedicated",
            tags: { Name: "own", team: "story" },
        });
        const { tags: _, cidrBlock: __, ...less } = args;
        const plain = (await make(less)).resources.one("aws:ec2/vpc:Vpc").inputs;
        expect(plain)
            .to.include({ cidrBlock: "10.0.0.0/16" })
            .and.to.deep.include({ tags: { Name: "net" } });
    });

    it("makes subnets of every type in every zone", () => {
        expect(ofSubnet("net-public-2").subnet.inputs).to.deep.equal({
            vpcId: "net-id",
            availabilityZone: "us-east-1b",
            cidrBlock: "10.7.1.0/24",
            mapPublicIpOnLaunch: true,
            tags: { Name: "net-public-2", team: "story", SubnetType: "Public" },
        });
        expect(ofSubnet("net-private-1").subnet.inputs).to.include({
            availabilityZone: "us-east-1a",
            cidrBlock: "10.7.2.0/24",
            mapPublicIpOnLaunch: false,
        });
    });

    it("gives a subnet's own tags to the subnet alone", () => {
        const { subnet, table } = ofSubnet("net-db-1");
        expect(subnet.inputs.tags).to.deep.equal({
            Name: "net-db-1",
            team: "data",
            Tier: "db",
            SubnetType: "Isolated",
        });
        expect(table.inputs).to.deep.equal({
            vpcId: "net-id",
            tags: { Name: "net-db-1", team: "story", SubnetType: "Isolated" },
        });
    });

    it("ties each subnet to its route table, and public ones to the internet", () => {
        const association = resources.one("aws:ec2/routeTableAssociation:RouteTableAssociation", "net-db-2");
        expect(association.inputs).to.deep.equal({ routeTableId: "net-db-2-id", subnetId: "net-db-2-id" });
        expect(association.inputFrom("subnetId")).to.deep.equal(["net-db-2"]);
        const routes = resources.ofType("aws:ec2/route:Route");
        expect(routes.map(({ name }) => name)).to.have.members(["net-public-1", "net-public-2"]);
        expect(resources.one("aws:ec2/route:Route", "net-public-1").inputs).to.deep.equal({
            routeTableId: "net-public-1-id",
            gatewayId: "net-id",
            destinationCidrBlock: "0.0.0.0/0",
        });
    });

    for (const [strategy, gateways] of [
        ["Single", ["net-1", "net-1"]],
        ["OnePerAz", ["net-1", "net-2"]],
    ] as const) {
        it(`gives private subnets their way by NAT gateways, with ${strategy}`, async () => {
            const { resources: made, result } = await make({ ...args, natGateways: { strategy } });
            const names = [...new Set(gateways)];
            expect(tree(made).filter((one) => /^(Eip|NatGateway) /.test(one))).to.have.members(
                names.flatMap((name) => {
                    const subnet = `Subnet ${name.replace("net-", "net-public-")}`;
                    return [`Eip ${name} < ${subnet}`, `NatGateway ${name} < ${subnet}`];
                }),
            );
            const routes = [1, 2].map((zone) => made.one("aws:ec2/route:Route", `net-private-${zone}`));
            expect(routes.map((route) => route.inputFrom("natGatewayId"))).to.deep.equal(gateways.map((one) => [one]));
            const gateway = made.one("aws:ec2/natGateway:NatGateway", "net-1").inputs;
            expect(gateway.tags).to.deep.equal({ Name: "net-1", team: "story" });
            const { natGateways, eips } = result.state();
            expect([natGateways, eips].map((all) => (all as unknown[]).length)).to.deep.equal([
                names.length,
                names.length,
            ]);
        });
    }

    it("tells its program what the installed @pulumi/awsx declares", async () => {
        const declarations = readFileSync(join(root, "node_modules/@pulumi/awsx/ec2/vpc.d.ts"), "utf8");
        const declared = [...declarations.matchAll(/^ +readonly (\w+): pulumi\.Output</gm)].map(([, name]) => name);
        expect(Object.keys(vpc.state())).to.have.members(declared);
        const { publicSubnetIds, isolatedSubnetIds, subnetLayout } = vpc.state();
        expect(await promiseOf(pulumi.output(publicSubnetIds))).to.deep.equal(["net-public-1-id", "net-public-2-id"]);
        expect(await promiseOf(pulumi.output(isolatedSubnetIds))).to.deep.equal(["net-db-1-id", "net-db-2-id"]);
        expect(await promiseOf(pulumi.output(subnetLayout))).to.deep.include({
            type: "Unused",
            name: undefined,
            cidrBlocks: ["10.7.6.0/24", "10.7.7.0/24"],
        });
    });

    it("refuses what it would build otherwise", async () => {
        const refused: [Record<string, unknown>, RegExp][] = [
            [{ ...args, assignGeneratedIpv6CidrBlock: true }, /does not know assignGeneratedIpv6CidrBlock/],
            [{ ...args, subnetSpecs: [{ type: "Public", cidrMask: 24 }] }, /does not know subnetSpecs\.cidrMask/],
            [
                { ...args, natGateways: { strategy: "Single", elasticIpAllocationIds: ["eip-1"] } },
                /no other NAT gateways than/,
            ],
            [{ ...args, natGateways: undefined }, /no other NAT gateways than/],
            [
                {
                    ...args,
                    natGateways: { strategy: "Single" },
                    subnetSpecs: args.subnetSpecs.filter(({ type }) => type !== "Private"),
                },
                /private ones to be for/,
            ],
            [{ ...args, subnetStrategy: undefined }, /lays out no subnets itself/],
            [{ ...args, subnetSpecs: undefined }, /lays out no subnets itself/],
            [{ ...args, subnetSpecs: [{ type: "Public", cidrBlocks: ["10.7.0.0/24"] }] }, /as many cidrBlocks/],
        ];
        for (const [given, why] of refused) {
            const error = await make(given as unknown as VpcArgs).catch((reason) => reason);
            expect(error, String(why)).to.be.instanceOf(Error);
            expect(error.message).to.match(why);
        }
    });
});
