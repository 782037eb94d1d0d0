/** `awsx:ec2:Vpc` with the children, names and parents that the official component gives them (pulumi-awsx, `awsx/ec2/vpc.ts`). */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface SubnetSpec {
    type: string;
    name?: string;
    cidrBlocks?: string[];
    tags?: Record<string, string>;
}

/** What of the official component's arguments this one knows. */
export interface VpcArgs {
    cidrBlock: string;
    availabilityZoneNames: string[];
    subnetSpecs: SubnetSpec[];
    natGateways?: { strategy?: string };
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    enableDnsHostnames?: boolean;
    enableDnsSupport?: boolean;
}

/** A network as the official component builds it, with its names. */
export class Vpc extends pulumi.ComponentResource {
    readonly vpc: aws.ec2.Vpc;
    readonly internetGateway: aws.ec2.InternetGateway;
    readonly subnets: { type: string; subnet: aws.ec2.Subnet }[] = [];
    readonly routeTables: aws.ec2.RouteTable[] = [];
    readonly routeTableAssociations: aws.ec2.RouteTableAssociation[] = [];
    readonly routes: aws.ec2.Route[] = [];

    constructor(name: string, args: VpcArgs, opts: pulumi.ComponentResourceOptions) {
        super("awsx:ec2:Vpc", name, {}, opts);
        assertSupported(args);
        const { cidrBlock, enableDnsHostnames, enableDnsSupport, availabilityZoneNames } = args;
        const tags = pulumi.output(args.tags ?? {}).apply((own): Record<string, string> => ({ Name: name, ...own }));
        this.vpc = new aws.ec2.Vpc(name, { cidrBlock, enableDnsHostnames, enableDnsSupport, tags }, { parent: this });
        this.internetGateway = new aws.ec2.InternetGateway(
            name,
            { vpcId: this.vpc.id, tags },
            { parent: this.vpc, dependsOn: [this.vpc] },
        );
        for (const [index, availabilityZone] of availabilityZoneNames.entries()) {
            for (const spec of [...args.subnetSpecs].sort(publicFirst)) {
                this.#createSubnet(name, availabilityZone, index, spec, tags);
            }
        }
        this.registerOutputs(this.state());
    }

    /** What the component tells its program. */
    state(): Record<string, pulumi.Input<unknown>> {
        const ids = (type: string) => this.subnets.filter((it) => it.type === type).map((it) => it.subnet.id);
        return {
            vpcId: this.vpc.id,
            vpc: this.vpc,
            internetGateway: this.internetGateway,
            publicSubnetIds: ids("public"),
            privateSubnetIds: ids("private"),
            isolatedSubnetIds: ids("isolated"),
            subnets: this.subnets.map((it) => it.subnet),
            routeTables: this.routeTables,
            routeTableAssociations: this.routeTableAssociations,
            routes: this.routes,
            natGateways: [],
            eips: [],
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
        const tags = shared.apply((own) => ({ ...own, ...spec.tags, Name: name, SubnetType: spec.type }));
        const subnet = new aws.ec2.Subnet(
            name,
            {
                vpcId: this.vpc.id,
                availabilityZone,
                mapPublicIpOnLaunch: type === "public",
                cidrBlock: spec.cidrBlocks?.[index],
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
        }
    }
}

function publicFirst(a: SubnetSpec, b: SubnetSpec): number {
    const rank = (spec: SubnetSpec) => ["public", "private", "isolated"].indexOf(spec.type.toLowerCase());
    return rank(a) - rank(b);
}

/** What of the official component is not built here is refused, not passed over. */
function assertSupported(args: VpcArgs): void {
    if (args.natGateways?.strategy !== "None") {
        throw new Error("the local awsx:ec2:Vpc has no NAT gateways; natGateways.strategy must be None");
    }
    if (!Array.isArray(args.availabilityZoneNames) || !args.subnetSpecs?.every((spec) => spec.cidrBlocks)) {
        throw new Error(
            "the local awsx:ec2:Vpc lays out no subnets itself; give availabilityZoneNames and each subnet's cidrBlocks",
        );
    }
}
