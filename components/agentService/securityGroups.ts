import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { createBeforeDelete } from "../core/replacement.ts";
import { type Tagged, tagsFor } from "../core/tags.ts";
import { child, type Transform } from "../core/transform.ts";

/** CloudFront's addresses towards origins, a list that AWS keeps in every region (CloudFront developer guide). */
const CLOUDFRONT_PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing";

/** The arguments of the security groups of a service. */
export interface SecurityGroupInputs extends Tagged {
    network: { vpcId: pulumi.Input<string> };
    /** The port that tasks listen on. */
    port: number;
    /** Whether everybody reaches the balancer, and not CloudFront alone. */
    isPublic: boolean;
    names: { loadBalancerSecurityGroup: string; serviceSecurityGroup: string };
    transform?: {
        loadBalancerSecurityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
        serviceSecurityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
        ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
        egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
    };
}

/** The security groups: CloudFront or everybody reaches the balancer, the balancer the tasks, the tasks the internet. */
export function createSecurityGroups(
    parent: pulumi.Resource,
    name: string,
    args: SecurityGroupInputs,
): { balancer: aws.ec2.SecurityGroup; service: aws.ec2.SecurityGroup } {
    const group = (kind: "loadBalancer" | "service", suffix: string, description: string) => {
        const groupName = args.names[`${kind}SecurityGroup`];
        return child(
            parent,
            aws.ec2.SecurityGroup,
            `${name}-${suffix}-security-group`,
            args.transform?.[`${kind}SecurityGroup`],
            {
                name: groupName,
                description,
                vpcId: args.network.vpcId,
                tags: tagsFor(args, groupName),
            },
            createBeforeDelete,
        );
    };
    const balancer = group("loadBalancer", "alb", "Load balancer of the agent service");
    const service = group("service", "ecs-service", "Tasks of the agent service");
    const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });
    const [from, source] = args.isPublic
        ? ["internet", { cidrIpv4: "0.0.0.0/0", ...tcp(443), description: "From the internet" }]
        : [
              "cloudfront",
              {
                  prefixListId: aws.ec2.getManagedPrefixListOutput({ name: CLOUDFRONT_PREFIX_LIST }, { parent }).id,
                  ...tcp(80),
                  description: "From CloudFront",
              },
          ];
    child(parent, aws.vpc.SecurityGroupIngressRule, `${name}-alb-from-${from}`, args.transform?.ingressRule, {
        securityGroupId: balancer.id,
        ...source,
    });
    child(parent, aws.vpc.SecurityGroupEgressRule, `${name}-alb-to-service`, args.transform?.egressRule, {
        securityGroupId: balancer.id,
        referencedSecurityGroupId: service.id,
        ...tcp(args.port),
        description: "To tasks",
    });
    child(parent, aws.vpc.SecurityGroupIngressRule, `${name}-service-from-alb`, args.transform?.ingressRule, {
        securityGroupId: service.id,
        referencedSecurityGroupId: balancer.id,
        ...tcp(args.port),
        description: "From the load balancer",
    });
    child(parent, aws.vpc.SecurityGroupEgressRule, `${name}-service-to-internet`, args.transform?.egressRule, {
        securityGroupId: service.id,
        cidrIpv4: "0.0.0.0/0",
        // Any port: the address of the text-to-speech API may have any.
        ipProtocol: "-1",
        description: "To AWS, the web search and the text-to-speech API",
    });
    return { balancer, service };
}
