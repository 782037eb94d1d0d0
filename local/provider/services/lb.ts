import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { only, required, tagList, tagMap } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(elb.ElasticLoadBalancingV2Client);
/** What CloudWatch calls a balancer or a target group: the end of its ARN. */
const suffixOf = (arn: string | undefined, from: string) =>
    arn?.slice(arn.indexOf(from) + (from === "loadbalancer/" ? from.length : 0));

async function tagsOf(arn: string, cloud: Clients): Promise<Record<string, string>> {
    const found = await client(cloud).send(new elb.DescribeTagsCommand({ ResourceArns: [arn] }));
    return tagMap(only(found.TagDescriptions)?.Tags);
}

async function setTags(arn: string, inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.tags) {
        await client(cloud).send(new elb.AddTagsCommand({ ResourceArns: [arn], Tags: tagList(inputs.tags) }));
    }
}

/** Inputs of a balancer and the attributes that they are in the API. */
const balancerAttributes = {
    idleTimeout: "idle_timeout.timeout_seconds",
    dropInvalidHeaderFields: "routing.http.drop_invalid_header_fields.enabled",
    desyncMitigationMode: "routing.http.desync_mitigation_mode",
    enableDeletionProtection: "deletion_protection.enabled",
} as const;

async function setBalancerAttributes(arn: string, inputs: Properties, cloud: Clients): Promise<void> {
    const logs = inputs.accessLogs;
    const attributes = [
        ...Object.entries(balancerAttributes)
            .filter(([name]) => inputs[name] !== undefined)
            .map(([name, Key]) => ({ Key, Value: String(inputs[name]) })),
        ...(logs
            ? [
                  { Key: "access_logs.s3.enabled", Value: String(logs.enabled ?? true) },
                  { Key: "access_logs.s3.bucket", Value: logs.bucket },
                  { Key: "access_logs.s3.prefix", Value: logs.prefix ?? "" },
              ]
            : []),
    ];
    await client(cloud).send(
        new elb.ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: arn, Attributes: attributes }),
    );
}

const loadBalancer: ResourceType = {
    replaceOn: ["name", "internal", "loadBalancerType"],
    deleteFirst: true,
    computed: ["arn", "arnSuffix", "dnsName", "vpcId", "zoneId"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new elb.CreateLoadBalancerCommand({
                Name: inputs.name,
                Type: inputs.loadBalancerType,
                Scheme: inputs.internal ? "internal" : "internet-facing",
                Subnets: inputs.subnets,
                SecurityGroups: inputs.securityGroups,
                Tags: tagList(inputs.tags),
            }),
        );
        const arn = required(only(made.LoadBalancers)?.LoadBalancerArn, "balancer ARN");
        await setBalancerAttributes(arn, inputs, cloud);
        return arn;
    },
    async read(id, cloud) {
        const found = await ifThere(
            client(cloud).send(new elb.DescribeLoadBalancersCommand({ LoadBalancerArns: [id] })),
        );
        const it = only(found?.LoadBalancers);
        if (!it) {
            return undefined;
        }
        const { Attributes } = await client(cloud).send(
            new elb.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: id }),
        );
        const value = (key: string) => Attributes?.find((one) => one.Key === key)?.Value;
        const settings = Object.entries(balancerAttributes)
            .map(([name, key]) => [name, typed(value(key))] as const)
            .filter(([, found]) => found !== undefined);
        return {
            arn: id,
            arnSuffix: suffixOf(id, "loadbalancer/"),
            dnsName: it.DNSName,
            zoneId: it.CanonicalHostedZoneId,
            vpcId: it.VpcId,
            name: it.LoadBalancerName,
            loadBalancerType: it.Type,
            internal: it.Scheme === "internal",
            subnets: it.AvailabilityZones?.map((zone) => zone.SubnetId),
            securityGroups: it.SecurityGroups,
            ...Object.fromEntries(settings),
            accessLogs: value("access_logs.s3.bucket")
                ? {
                      enabled: value("access_logs.s3.enabled") === "true",
                      bucket: value("access_logs.s3.bucket"),
                      prefix: value("access_logs.s3.prefix"),
                  }
                : undefined,
            tags: await tagsOf(id, cloud),
        };
    },
    async update(id, inputs, cloud) {
        await client(cloud).send(new elb.SetSubnetsCommand({ LoadBalancerArn: id, Subnets: inputs.subnets }));
        await client(cloud).send(
            new elb.SetSecurityGroupsCommand({ LoadBalancerArn: id, SecurityGroups: inputs.securityGroups }),
        );
        await setBalancerAttributes(id, inputs, cloud);
        await setTags(id, inputs, cloud);
    },
    async delete(id, cloud, state) {
        if (state.enableDeletionProtection) {
            throw new Error(
                `the balancer ${state.name} is protected against deletion; set enableDeletionProtection to false first`,
            );
        }
        await ifThere(client(cloud).send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: id })));
    },
};

function typed(value: string | undefined): unknown {
    if (value === "true" || value === "false") {
        return value === "true";
    }
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : value;
}

const healthCheckOf = ({ healthCheck }: Properties) =>
    healthCheck && {
        HealthCheckPath: healthCheck.path,
        HealthCheckIntervalSeconds: healthCheck.interval,
        HealthCheckTimeoutSeconds: healthCheck.timeout,
        HealthyThresholdCount: healthCheck.healthyThreshold,
        UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
        Matcher: { HttpCode: healthCheck.matcher },
    };

async function setDelay(arn: string, inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.deregistrationDelay !== undefined) {
        await client(cloud).send(
            new elb.ModifyTargetGroupAttributesCommand({
                TargetGroupArn: arn,
                Attributes: [
                    { Key: "deregistration_delay.timeout_seconds", Value: String(inputs.deregistrationDelay) },
                ],
            }),
        );
    }
}

const targetGroup: ResourceType = {
    replaceOn: ["name", "port", "protocol", "targetType", "vpcId"],
    deleteFirst: true,
    computed: ["arn", "arnSuffix", "loadBalancerArns"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new elb.CreateTargetGroupCommand({
                Name: inputs.name,
                Port: inputs.port,
                Protocol: inputs.protocol,
                TargetType: inputs.targetType,
                VpcId: inputs.vpcId,
                ...healthCheckOf(inputs),
                Tags: tagList(inputs.tags),
            }),
        );
        const arn = required(only(made.TargetGroups)?.TargetGroupArn, "target group ARN");
        await setDelay(arn, inputs, cloud);
        return arn;
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new elb.DescribeTargetGroupsCommand({ TargetGroupArns: [id] })));
        const it = only(found?.TargetGroups);
        if (!it) {
            return undefined;
        }
        const { Attributes } = await client(cloud).send(
            new elb.DescribeTargetGroupAttributesCommand({ TargetGroupArn: id }),
        );
        const delay = Attributes?.find((one) => one.Key === "deregistration_delay.timeout_seconds")?.Value;
        return {
            arn: id,
            arnSuffix: suffixOf(id, "targetgroup/"),
            name: it.TargetGroupName,
            port: it.Port,
            protocol: it.Protocol,
            targetType: it.TargetType,
            vpcId: it.VpcId,
            ...(delay === undefined ? {} : { deregistrationDelay: Number(delay) }),
            healthCheck: {
                path: it.HealthCheckPath,
                matcher: it.Matcher?.HttpCode,
                interval: it.HealthCheckIntervalSeconds,
                timeout: it.HealthCheckTimeoutSeconds,
                healthyThreshold: it.HealthyThresholdCount,
                unhealthyThreshold: it.UnhealthyThresholdCount,
            },
            tags: await tagsOf(id, cloud),
        };
    },
    async update(id, inputs, cloud) {
        await client(cloud).send(new elb.ModifyTargetGroupCommand({ TargetGroupArn: id, ...healthCheckOf(inputs) }));
        await setDelay(id, inputs, cloud);
        await setTags(id, inputs, cloud);
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: id })));
    },
};

const actionsOf = (inputs: Properties): elb.Action[] =>
    inputs.defaultActions.map((action: Properties) => ({ Type: action.type, TargetGroupArn: action.targetGroupArn }));

const listener: ResourceType = {
    replaceOn: ["loadBalancerArn"],
    deleteFirst: true,
    computed: ["arn"],
    async create(inputs, cloud) {
        const made = await client(cloud).send(
            new elb.CreateListenerCommand({
                LoadBalancerArn: inputs.loadBalancerArn,
                Port: inputs.port,
                Protocol: inputs.protocol,
                DefaultActions: actionsOf(inputs),
                Tags: tagList(inputs.tags),
            }),
        );
        return required(only(made.Listeners)?.ListenerArn, "listener ARN");
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new elb.DescribeListenersCommand({ ListenerArns: [id] })));
        const it = only(found?.Listeners);
        return (
            it && {
                arn: id,
                loadBalancerArn: it.LoadBalancerArn,
                port: it.Port,
                protocol: it.Protocol,
                defaultActions: it.DefaultActions?.map((action) => ({
                    type: action.Type,
                    targetGroupArn: action.TargetGroupArn,
                })),
                tags: await tagsOf(id, cloud),
            }
        );
    },
    async update(id, inputs, cloud) {
        await client(cloud).send(
            new elb.ModifyListenerCommand({
                ListenerArn: id,
                Port: inputs.port,
                Protocol: inputs.protocol,
                DefaultActions: actionsOf(inputs),
            }),
        );
        await setTags(id, inputs, cloud);
    },
    async delete(id, cloud) {
        await ifThere(client(cloud).send(new elb.DeleteListenerCommand({ ListenerArn: id })));
    },
};

export const lbTypes: Record<string, ResourceType> = {
    "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
    "aws:lb/targetGroup:TargetGroup": targetGroup,
    "aws:lb/listener:Listener": listener,
};
