import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { createBeforeDelete } from "../core/replacement.ts";
import { tagsFor } from "../core/tags.ts";
import { transform } from "../core/transform.ts";
import type { StoryAgentServiceArgs } from "./index.ts";

/** CloudFront's addresses towards origins, a list that AWS keeps in every region (CloudFront developer guide). */
const CLOUDFRONT_PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing";

/** Who reaches whom: CloudFront, or everybody, the balancer, the balancer the tasks, the tasks the internet. */
export function createSecurityGroups(
    name: string,
    args: StoryAgentServiceArgs,
    port: number,
    opts: pulumi.CustomResourceOptions,
): { balancer: aws.ec2.SecurityGroup; service: aws.ec2.SecurityGroup } {
    const group = (kind: "loadBalancer" | "service", suffix: string, description: string) => {
        const groupName = args.names?.[`${kind}SecurityGroup`] ?? `${args.project}-${suffix}-${args.environment}`;
        return new aws.ec2.SecurityGroup(
            ...transform<aws.ec2.SecurityGroupArgs>(
                args.transform?.[`${kind}SecurityGroup`],
                `${name}-${suffix}-security-group`,
                {
                    name: groupName,
                    description,
                    vpcId: args.network.vpcId,
                    tags: tagsFor(args, groupName, args.tags),
                },
                { ...opts, ...createBeforeDelete },
            ),
        );
    };
    const balancer = group("loadBalancer", "alb", "Load balancer of the agent service");
    const service = group("service", "ecs-service", "Tasks of the agent service");
    const tcp = (at: number) => ({ ipProtocol: "tcp", fromPort: at, toPort: at });
    const [from, source] = args.publicAccess
        ? ["internet", { cidrIpv4: "0.0.0.0/0", ...tcp(443), description: "From the internet" }]
        : [
              "cloudfront",
              {
                  prefixListId: aws.ec2.getManagedPrefixListOutput({ name: CLOUDFRONT_PREFIX_LIST }, opts).id,
                  ...tcp(80),
                  description: "From CloudFront",
              },
          ];
    new aws.vpc.SecurityGroupIngressRule(
        ...transform<aws.vpc.SecurityGroupIngressRuleArgs>(
            args.transform?.ingressRule,
            `${name}-alb-from-${from}`,
            { securityGroupId: balancer.id, ...source },
            opts,
        ),
    );
    new aws.vpc.SecurityGroupEgressRule(
        ...transform<aws.vpc.SecurityGroupEgressRuleArgs>(
            args.transform?.egressRule,
            `${name}-alb-to-service`,
            {
                securityGroupId: balancer.id,
                referencedSecurityGroupId: service.id,
                ...tcp(port),
                description: "To tasks",
            },
            opts,
        ),
    );
    new aws.vpc.SecurityGroupIngressRule(
        ...transform<aws.vpc.SecurityGroupIngressRuleArgs>(
            args.transform?.ingressRule,
            `${name}-service-from-alb`,
            {
                securityGroupId: service.id,
                referencedSecurityGroupId: balancer.id,
                ...tcp(port),
                description: "From the load balancer",
            },
            opts,
        ),
    );
    new aws.vpc.SecurityGroupEgressRule(
        ...transform<aws.vpc.SecurityGroupEgressRuleArgs>(
            args.transform?.egressRule,
            `${name}-service-to-internet`,
            {
                securityGroupId: service.id,
                cidrIpv4: "0.0.0.0/0",
                // Any port: the text-to-speech API is where its address says.
                ipProtocol: "-1",
                description: "To AWS, the web search and the text-to-speech API",
            },
            opts,
        ),
    );
    return { balancer, service };
}
