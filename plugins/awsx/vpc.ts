/** `awsx:ec2:Vpc` with the children, names and parents that the official component gives them (pulumi-awsx, `awsx/ec2/vpc.ts`). */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface SubnetSpec {
    type: string;
    name?: string;
    cidrBlocks: string[];
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The official component's arguments that this one supports; all others are refused. */
export interface VpcArgs {
    /** Default: 10.0.0.0/16. */
    cidrBlock?: string;
    availabilityZoneNames: string[];
    subnetSpecs: SubnetSpec[];
    subnetStrategy?: string;
    natGateways?: { strategy?: string };
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    enableDnsHostnames?: pulumi.Input<boolean>;
    enableDnsSupport?: pulumi.Input<boolean>;
    enableNetworkAddressUsageMetrics?: pulumi.Input<boolean>;
    instanceTenancy?: pulumi.Input<string>;
}

/** A network as the official component builds it, with its names. */
export class Vpc extends pulumi.ComponentResource {
    readonly vpc: aws.ec2.Vpc;
    readonly internetGateway: aws.ec2.InternetGateway;
    readonly subnets: { type: string; subnet: aws.ec2.Subnet }[] = [];
    readonly routeTables: aws.ec2.RouteTable[] = [];
    readonly routeTableAssociations: aws.ec2.RouteTableAssociation[] = [];
    readonly routes: aws.ec2.Route[] = [];
    readonly natGateways: aws.ec2.NatGateway[] = [];
    readonly eips: aws.ec2.Eip[] = [];
    readonly #natStrategy: string;
    readonly #layout: SubnetSpec[];

    constructor(name: string, args: VpcArgs, opts: pulumi.ComponentResourceOptions) {
        super("awsx:ec2:Vpc", name, {}, opts);
        assertSupported(args);
        const { availabilityZoneNames, subnetSpecs, subnetStrategy: _, natGateways, ...own } = args;
        this.#layout = subnetSpecs;
        this.#natStrategy = strategyOf(natGateways);
        const tags = pulumi.output(args.tags ?? {}).apply((own): Record<string, string> => ({ Name: name, ...own }));
        this.vpc = new aws.ec2.Vpc(name, { cidrBlock: "10.0.0.0/16", ...own, tags }, { parent: this });
        this.internetGateway = new aws.ec2.InternetGateway(
            name,
            { vpcId: this.vpc.id, tags },
            { parent: this.vpc, dependsOn: [this.vpc] },
        );
        const created = subnetSpecs.filter(({ type }) => type !== "Unused").sort(publicFirst);
        for (const [index, availabilityZone] of availabilityZoneNames.entries()) {
            for (const spec of created) {
                this.#createSubnet(name, availabilityZone, index, spec, tags);
            }
        }
        this.registerOutputs(this.state());
    }

    /** The component's outputs. */
    state(): Record<string, pulumi.Input<unknown>> {
        const ofType = (type: string) => this.subnets.filter((it) => it.type === type).map((it) => it.subnet);
        const [publicSubnets, privateSubnets, isolatedSubnets] = types.map(ofType) as [Subnets, Subnets, Subnets];
        const idsOf = (subnets: Subnets) => subnets.map(({ id }) => id);
        return {
            vpcId: this.vpc.id,
            vpc: this.vpc,
            internetGateway: this.internetGateway,
            publicSubnetIds: idsOf(publicSubnets),
            privateSubnetIds: idsOf(privateSubnets),
            isolatedSubnetIds: idsOf(isolatedSubnets),
            publicSubnets,
            privateSubnets,
            isolatedSubnets,
            subnets: this.subnets.map((it) => it.subnet),
            subnetLayout: this.#layout.map(({ name, type, cidrBlocks }) => ({ name, type, cidrBlocks })),
            routeTables: this.routeTables,
            routeTableAssociations: this.routeTableAssociations,
            routes: this.routes,
            natGateways: this.natGateways,
            eips: this.eips,
            vpcEndpoints: [],
        };
    }

    #createSubnet(
        vpcName: string,
        availabilityZone: string,
        index: number,
        spec: SubnetSpec,
        shared: pulumi.Output<Record<string, string>>,
    ): void {
        const type = spec.type.toLowerCase();
        const name = `${vpcName}-${spec.name ?? type}-${index + 1}`;
        const tags = pulumi
            .all([shared, spec.tags ?? {}])
            .apply(([all, own]) => ({ ...all, ...own, Name: name, SubnetType: spec.type }));
        const subnet = new aws.ec2.Subnet(
            name,
            {
                vpcId: this.vpc.id,
                availabilityZone,
                mapPublicIpOnLaunch: type === "public",
                cidrBlock: spec.cidrBlocks[index],
                tags,
            },
            { parent: this.vpc, dependsOn: [this.vpc] },
        );
        const routeTable = new aws.ec2.RouteTable(
            name,
            { vpcId: this.vpc.id, tags: shared.apply((own) => ({ ...own, Name: name, SubnetType: spec.type })) },
            { parent: subnet, dependsOn: [subnet] },
        );
        const association = new aws.ec2.RouteTableAssociation(
            name,
            { routeTableId: routeTable.id, subnetId: subnet.id },
            { parent: routeTable, dependsOn: [routeTable] },
        );
        this.subnets.push({ type, subnet });
        this.routeTables.push(routeTable);
        this.routeTableAssociations.push(association);
        if (type === "public") {
            this.routes.push(
                new aws.ec2.Route(
                    name,
                    {
                        routeTableId: routeTable.id,
                        gatewayId: this.internetGateway.id,
                        destinationCidrBlock: "0.0.0.0/0",
                    },
                    { parent: routeTable, dependsOn: [routeTable] },
                ),
            );
            if (this.#natStrategy === "oneperaz" || (this.#natStrategy === "single" && index === 0)) {
                this.#createNatGateway(`${vpcName}-${index + 1}`, subnet, shared);
            }
        }
        const natGateway = this.natGateways[this.#natStrategy === "single" ? 0 : index];
        if (type === "private" && natGateway) {
            this.routes.push(
                new aws.ec2.Route(
                    name,
                    { routeTableId: routeTable.id, natGatewayId: natGateway.id, destinationCidrBlock: "0.0.0.0/0" },
                    { parent: routeTable, dependsOn: [routeTable] },
                ),
            );
        }
    }

    #createNatGateway(name: string, subnet: aws.ec2.Subnet, shared: pulumi.Output<Record<string, string>>): void {
        const tags = shared.apply((own) => ({ ...own, Name: name }));
        const opts = { parent: subnet, dependsOn: [subnet] };
        const eip = new aws.ec2.Eip(name, { tags }, opts);
        this.eips.push(eip);
        const { allocationId } = eip;
        this.natGateways.push(new aws.ec2.NatGateway(name, { subnetId: subnet.id, allocationId, tags }, opts));
    }
}

const strategyOf = (natGateways: VpcArgs["natGateways"]) => (natGateways?.strategy ?? "").toLowerCase();

type Subnets = aws.ec2.Subnet[];

/** The types of subnets, in the order in which they are created. */
const types = ["public", "private", "isolated"];

function publicFirst(a: SubnetSpec, b: SubnetSpec): number {
    const rank = (spec: SubnetSpec) => types.indexOf(spec.type.toLowerCase());
    return rank(a) - rank(b);
}

const knownArguments = [
    ...["availabilityZoneNames", "cidrBlock", "enableDnsHostnames", "enableDnsSupport"],
    ...["enableNetworkAddressUsageMetrics", "instanceTenancy", "natGateways", "subnetSpecs", "subnetStrategy", "tags"],
];
const knownSubnetArguments = ["cidrBlocks", "name", "tags", "type"];

/** Arguments that only the official component supports are refused, not ignored. */
function assertSupported(args: VpcArgs): void {
    const { availabilityZoneNames: zones, subnetSpecs, natGateways, subnetStrategy } = args;
    const unknown = [
        ...Object.keys(args).filter((name) => !knownArguments.includes(name)),
        ...(subnetSpecs ?? []).flatMap((spec) =>
            Object.keys(spec)
                .filter((name) => !knownSubnetArguments.includes(name))
                .map((name) => `subnetSpecs.${name}`),
        ),
    ];
    if (unknown.length > 0) {
        throw new Error(`the local awsx:ec2:Vpc does not know ${unknown.join(", ")}`);
    }
    const known = ["none", "single", "oneperaz"].includes(strategyOf(natGateways));
    if (!known || Object.keys(natGateways ?? {}).length > 1) {
        throw new Error(
            "the local awsx:ec2:Vpc knows no other NAT gateways than natGateways.strategy makes: None, Single or OnePerAz",
        );
    }
    const types = new Set(subnetSpecs?.map(({ type }) => type.toLowerCase()));
    if (strategyOf(natGateways) !== "none" && !(types.has("public") && types.has("private"))) {
        throw new Error("NAT gateways need public subnets to be in, and private ones to be for");
    }
    // With its default strategy, Legacy, the official component ignores cidrBlocks.
    if (subnetStrategy !== "Auto" || !Array.isArray(zones) || !subnetSpecs?.every((spec) => spec.cidrBlocks)) {
        throw new Error(
            "the local awsx:ec2:Vpc lays out no subnets itself; " +
                "give subnetStrategy: Auto, availabilityZoneNames and each subnet's cidrBlocks",
        );
    }
    if (!subnetSpecs.every(({ cidrBlocks }) => cidrBlocks.length === zones.length)) {
        throw new Error(`each subnet needs as many cidrBlocks as there are availability zones (${zones.length})`);
    }
}
