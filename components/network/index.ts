import * as aws from "@pulumi/aws";
import type * as awsx from "@pulumi/awsx";
// Not the whole package: its ECS components load AWS's SDK, which takes a tenth of a program's time.
import { Vpc } from "@pulumi/awsx/ec2/index.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../core/arguments.ts";
import { assumedInAccountBy, grant, type PolicyStatement } from "../core/iam.ts";
import { isMocked, mapProviderOutput } from "../core/mocked.ts";
import { type Named, type NamingArgs, named, nameProblems, physicalNames } from "../core/names.ts";
import { tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";
import { blockProblem, type SubnetKind, subnetBlocks } from "./subnets.ts";
import { areKnown, withZones, zonesProblem } from "./zones.ts";

/** A VPC that exists already. */
export interface ExistingVpc {
    /**
     * The VPC's id, `vpc-...`. It needs an internet gateway, or CloudFront can't reach a balancer in it.
     *
     * @example "vpc-0123456789abcdef0"
     */
    vpcId: pulumi.Input<string>;
    /**
     * Ids of at least two subnets with a route to the internet, in different zones.
     *
     * @example ["subnet-0a", "subnet-0b"]
     */
    publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
    /** Ids of at least two subnets without one, in different zones. @example ["subnet-0c", "subnet-0d"] */
    isolatedSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Ids of subnets with a way to the internet through a NAT gateway.
     *
     * @default none; tasks run in the public ones
     * @example ["subnet-0e", "subnet-0f"]
     */
    privateSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Arguments of {@link StoryNetwork}. */
export interface StoryNetworkArgs extends NamingArgs {
    /**
     * A VPC to use instead of making one; goes with none of `cidrBlock`, `availabilityZones`, `natGateways` and
     * `flowLog`.
     *
     * @default one is made
     * @example { vpcId, publicSubnetIds, isolatedSubnetIds }
     */
    existing?: ExistingVpc;
    /**
     * The two or three zones of the subnets, for example `["us-east-1a", "us-east-1b"]`. Outputs of functions are
     * allowed, such as `aws.getAvailabilityZonesOutput`, but not outputs of resources: subnets are named as the
     * program runs.
     *
     * @default none; required unless `existing` is given
     * @example ["us-east-1a", "us-east-1b"]
     */
    availabilityZones?: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * The VPC's addresses, a block between /16 and /23: AWS makes no larger VPC, and in the subnets of a smaller one,
     * each a sixteenth of it, no balancer fits. Subnets are /24 at most.
     *
     * @default 10.100.0.0/16
     * @example "10.60.0.0/20"
     */
    cidrBlock?: string;
    /**
     * NAT gateways, each about 33 USD a month and 0.045 USD per GB, behind which there are private subnets: one for all
     * zones, or one in each, so that a failed zone does not affect the others.
     *
     * @default `none`
     * @example "single"
     */
    natGateways?: "none" | "single" | "one-per-zone";
    /** Records accepted and rejected traffic in a log group. @default no flow log @example { retentionDays: 30 } */
    flowLog?: {
        /** Days that the records are kept, as CloudWatch Logs allows. @example 30 */
        retentionDays: number;
        /** A customer key for the log group. @default AWS's own @example key.arn */
        kmsKeyArn?: pulumi.Input<string>;
        /** The log group's name. @default `/aws/vpc-flow-log/P-E` @example "/shop/traffic" */
        logGroupName?: string;
        /** The name of the role that writes to it. @default `P-vpc-flow-log-E` @example "shop-traffic" */
        roleName?: string;
    };
    /** The VPC's name. @default `P-vpc-E` @example "shop" */
    vpcName?: string;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        vpc?: Transform<awsx.ec2.VpcArgs>;
        defaultSecurityGroup?: Transform<aws.ec2.DefaultSecurityGroupArgs>;
        s3Endpoint?: Transform<aws.ec2.VpcEndpointArgs>;
        dynamodbEndpoint?: Transform<aws.ec2.VpcEndpointArgs>;
        flowLogGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
        flowLogRole?: Transform<aws.iam.RoleArgs>;
        flowLog?: Transform<aws.ec2.FlowLogArgs>;
    };
}

type Args = Named<StoryNetworkArgs>;

const DEFAULT_CIDR_BLOCK = "10.100.0.0/16";
const SUBNET_TYPES = { public: "Public", private: "Private", isolated: "Isolated" } as const;
const NAT_STRATEGIES = { none: "None", single: "Single", "one-per-zone": "OnePerAz" } as const;

/**
 * The network of the agent service: a public and an isolated subnet in each of two or three zones. Unless it is asked for there is
 * no NAT gateway: tasks have a public address of their own, and S3 and DynamoDB are reached through free gateway endpoints.
 */
export class StoryNetwork extends pulumi.ComponentResource {
    /** The VPC's id, `vpc-...`. */
    readonly vpcId: pulumi.Output<string>;
    /** Ids of the subnets with a route to the internet. */
    readonly publicSubnetIds: pulumi.Output<string[]>;
    /** Ids of the subnets without one. */
    readonly isolatedSubnetIds: pulumi.Output<string[]>;
    /** Ids of the subnets with a way to the internet through a NAT gateway; undefined where there is none. */
    readonly privateSubnetIds: pulumi.Output<string[]> | undefined;
    /** The resources of the network; undefined in a VPC that exists. */
    readonly nodes: NetworkNodes | undefined;

    constructor(name: string, given: StoryNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryNetwork", name, {}, opts);
        if (args.existing) {
            this.vpcId = pulumi.output(args.existing.vpcId);
            this.publicSubnetIds = pulumi.output(args.existing.publicSubnetIds);
            this.isolatedSubnetIds = pulumi.output(args.existing.isolatedSubnetIds);
            this.privateSubnetIds = args.existing.privateSubnetIds && pulumi.output(args.existing.privateSubnetIds);
        } else {
            const vpc = this.#createVpc(name, args);
            this.nodes = {
                vpc,
                defaultSecurityGroup: this.#emptyDefaultSecurityGroup(name, args, vpc),
                ...this.#createGatewayEndpoints(name, args, vpc),
                ...this.#createFlowLog(name, args, vpc),
            };
            this.vpcId = vpc.vpcId;
            this.publicSubnetIds = afterInternetRoutes(vpc, vpc.publicSubnetIds);
            this.isolatedSubnetIds = vpc.isolatedSubnetIds;
            this.privateSubnetIds = hasNatGateways(args) ? afterInternetRoutes(vpc, vpc.privateSubnetIds) : undefined;
        }
        this.registerOutputs({
            vpcId: this.vpcId,
            publicSubnetIds: this.publicSubnetIds,
            isolatedSubnetIds: this.isolatedSubnetIds,
            privateSubnetIds: this.privateSubnetIds,
        });
    }

    #createVpc(name: string, args: Args): awsx.ec2.Vpc {
        const cidrBlock = args.cidrBlock ?? DEFAULT_CIDR_BLOCK;
        const vpcName = args.vpcName ?? physicalNames(args).vpc;
        const kinds: SubnetKind[] = hasNatGateways(args) ? ["public", "private", "isolated"] : ["public", "isolated"];
        const specs = (zones: string[]) =>
            kinds.map((name) => ({
                type: SUBNET_TYPES[name],
                name,
                cidrBlocks: subnetBlocks(cidrBlock, name, zones.length),
            }));
        return child(
            this,
            Vpc,
            `${name}-vpc`,
            args.transform?.vpc,
            {
                cidrBlock,
                ...withZones(name, args.availabilityZones ?? [], (zones) => ({
                    availabilityZoneNames: zones,
                    subnetSpecs: specs(zones),
                })),
                enableDnsHostnames: true,
                enableDnsSupport: true,
                natGateways: { strategy: NAT_STRATEGIES[args.natGateways ?? "none"] },
                subnetStrategy: "Auto",
                tags: tagsFor(args, vpcName),
            },
            { transforms: isMocked() ? [] : [subnetSettings] },
        );
    }

    #emptyDefaultSecurityGroup(name: string, args: Args, vpc: awsx.ec2.Vpc): aws.ec2.DefaultSecurityGroup {
        return child(
            this,
            aws.ec2.DefaultSecurityGroup,
            `${name}-default-security-group`,
            args.transform?.defaultSecurityGroup,
            {
                vpcId: vpc.vpcId,
                ingress: [],
                egress: [],
                tags: tagsFor(args, `${args.project}-default-unused-${args.environment}`),
            },
        );
    }

    #createGatewayEndpoints(
        name: string,
        args: Args,
        vpc: awsx.ec2.Vpc,
    ): Pick<NetworkNodes, "s3Endpoint" | "dynamodbEndpoint"> {
        const region = aws.getRegionOutput({}, { parent: this }).region;
        const routeTableIds = mapProviderOutput(vpc.routeTables, (tables) =>
            pulumi.all(tables.map((table) => table.id)),
        );
        const endpoint = (service: "s3" | "dynamodb") =>
            child(this, aws.ec2.VpcEndpoint, `${name}-${service}-endpoint`, args.transform?.[`${service}Endpoint`], {
                vpcId: vpc.vpcId,
                vpcEndpointType: "Gateway",
                serviceName: pulumi.interpolate`com.amazonaws.${region}.${service}`,
                routeTableIds,
                tags: tagsFor(args, `${args.project}-${service}-${args.environment}`),
            });
        return { s3Endpoint: endpoint("s3"), dynamodbEndpoint: endpoint("dynamodb") };
    }

    #createFlowLog(
        name: string,
        args: Args,
        vpc: awsx.ec2.Vpc,
    ): Pick<NetworkNodes, "flowLog" | "flowLogGroup" | "flowLogRole"> {
        if (!args.flowLog) {
            return { flowLog: undefined, flowLogGroup: undefined, flowLogRole: undefined };
        }
        const { logGroupName = `/aws/vpc-flow-log/${args.project}-${args.environment}` } = args.flowLog;
        const group = child(this, aws.cloudwatch.LogGroup, `${name}-flow-log-group`, args.transform?.flowLogGroup, {
            name: logGroupName,
            retentionInDays: args.flowLog.retentionDays,
            kmsKeyId: args.flowLog.kmsKeyArn,
            tags: tagsFor(args, logGroupName),
        });
        const { roleName = `${args.project}-vpc-flow-log-${args.environment}` } = args.flowLog;
        const role = child(this, aws.iam.Role, `${name}-flow-log-role`, args.transform?.flowLogRole, {
            name: roleName,
            description: "Lets VPC flow logs write to their log group",
            // Amazon VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs".
            assumeRolePolicy: assumedInAccountBy("vpc-flow-logs.amazonaws.com", this),
            tags: tagsFor(args, roleName),
        });
        const policy = grant({ role, granteeName: `${name}-flow-log` }, "write", writeTo(group), { parent: this });
        const flowLog = child(
            this,
            aws.ec2.FlowLog,
            `${name}-flow-log`,
            args.transform?.flowLog,
            {
                vpcId: vpc.vpcId,
                trafficType: "ALL",
                iamRoleArn: role.arn,
                logDestination: group.arn,
                tags: tagsFor(args, `${args.project}-flow-log-${args.environment}`),
            },
            // Creating a flow log tests its role; without the permission to write, it stays in an access error.
            { dependsOn: policy },
        );
        return { flowLog, flowLogGroup: group, flowLogRole: role };
    }
}

/** The resources of a network. */
export interface NetworkNodes {
    /** The VPC with its subnets, routes and gateways. */
    vpc: awsx.ec2.Vpc;
    /** The group that AWS makes with a VPC, which lets nothing through. */
    defaultSecurityGroup: aws.ec2.DefaultSecurityGroup;
    /** The gateway endpoint of S3, which is free. */
    s3Endpoint: aws.ec2.VpcEndpoint;
    /** The gateway endpoint of DynamoDB, which is free. */
    dynamodbEndpoint: aws.ec2.VpcEndpoint;
    /** The record of traffic; undefined without `flowLog`. */
    flowLog: aws.ec2.FlowLog | undefined;
    /** Where it is recorded; undefined without `flowLog`. */
    flowLogGroup: aws.cloudwatch.LogGroup | undefined;
    /** The role that records it; undefined without `flowLog`. */
    flowLogRole: aws.iam.Role | undefined;
}

function checked(name: string, given: StoryNetworkArgs): Args {
    const args = named(given);
    const check = new ArgumentCheck("StoryNetwork", name, args);
    if (args.existing) {
        for (const argument of ["cidrBlock", "availabilityZones", "natGateways", "flowLog"] as const) {
            check.that(
                args[argument] === undefined,
                `existing and ${argument} are both given; a VPC that exists has its own: give one of them`,
            );
        }
        for (const argument of ["publicSubnetIds", "isolatedSubnetIds"] as const) {
            const ids = args.existing[argument];
            check.that(
                !Array.isArray(ids) || ids.length >= 2,
                `existing.${argument} has fewer than two ids; it must name two subnets or more, in different zones`,
            );
        }
    } else {
        const zones = args.availabilityZones ?? [];
        const wrongZones = areKnown(zones) ? zonesProblem(zones) : undefined;
        const wrongBlock = args.cidrBlock === undefined ? undefined : blockProblem(args.cidrBlock);
        check
            .add(wrongZones ? [wrongZones] : [])
            .add(wrongBlock ? [`cidrBlock is "${args.cidrBlock}"; ${wrongBlock}`] : [])
            .oneOf("natGateways", args.natGateways, Object.keys(NAT_STRATEGIES))
            .retentionDays("flowLog.retentionDays", args.flowLog?.retentionDays)
            .add(nameProblems("logGroup", "flowLog.logGroupName", args.flowLog?.logGroupName))
            .add(nameProblems("role", "flowLog.roleName", args.flowLog?.roleName));
    }
    check.done();
    return args;
}

function hasNatGateways({ natGateways = "none" }: Args): boolean {
    return natGateways !== "none";
}

/**
 * Ids of subnets, which wait for their routes to the internet. Resources in the subnets are so deleted before the internet
 * gateway, which can't be detached while something in the VPC has a public address.
 */
export function afterInternetRoutes(
    vpc: Pick<awsx.ec2.Vpc, "internetGateway" | "routes" | "routeTableAssociations">,
    subnetIds: pulumi.Output<string[]>,
): pulumi.Output<string[]> {
    const parts = pulumi.all([vpc.internetGateway, vpc.routes, vpc.routeTableAssociations]);
    const routeIds = parts.apply(([gateway, routes = [], associations = []]) =>
        pulumi.all([...(gateway ? [gateway] : []), ...routes, ...associations].map(({ id }) => id)),
    );
    return pulumi.all([subnetIds, routeIds]).apply(([ids]) => ids);
}

/**
 * A task requests a public address itself; other resources in the subnets must not get one. A subnet that moves to another
 * zone keeps its block, and two subnets can't have the same block: the old one is deleted first.
 */
const subnetSettings: pulumi.ResourceTransform = ({ type, props, opts }) =>
    type === "aws:ec2/subnet:Subnet"
        ? {
              props: { ...props, mapPublicIpOnLaunch: false },
              opts: pulumi.mergeOptions(opts, { deleteBeforeReplace: true }),
          }
        : undefined;

function writeTo(group: aws.cloudwatch.LogGroup): PolicyStatement[] {
    return [
        {
            Effect: "Allow",
            Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            Resource: [group.arn, pulumi.interpolate`${group.arn}:*`],
        },
        // VPC flow logs list all log groups to find theirs (VPC user guide, "IAM role for publishing flow logs").
        { Effect: "Allow", Action: ["logs:DescribeLogGroups"], Resource: "*" },
    ];
}
