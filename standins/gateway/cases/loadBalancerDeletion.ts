import { CloudFrontClient, ListVpcOriginsCommand } from "@aws-sdk/client-cloudfront";
import {
    DeleteListenerCommand,
    DescribeListenersCommand,
    DescribeLoadBalancerAttributesCommand,
    ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

/** A load balancer is deleted with its listeners, unless it is protected or a VPC origin of CloudFront uses it. */
export const loadBalancerDeletion: Case = {
    title: "The deletion of a load balancer",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html",
    requests: ["elasticloadbalancing:DeleteLoadBalancer"],
    async handle(request, next, emulator) {
        const { LoadBalancerArn } = request.input;
        const elb = emulator.client(ElasticLoadBalancingV2Client, request.region);
        const { Attributes = [] } = await elb
            .send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }))
            .catch(() => ({ Attributes: [] }));
        if (Attributes.some(({ Key, Value }) => Key === "deletion_protection.enabled" && Value === "true")) {
            throw refused("OperationNotPermitted", LoadBalancerArn, "deletion protection is enabled");
        }
        const { VpcOriginList } = await emulator
            .client(CloudFrontClient, "us-east-1")
            .send(new ListVpcOriginsCommand({}));
        if (VpcOriginList?.Items?.some(({ OriginEndpointArn }) => OriginEndpointArn === LoadBalancerArn)) {
            throw refused("ResourceInUse", LoadBalancerArn, "it is currently associated with another service");
        }
        const { Listeners = [] } = await elb
            .send(new DescribeListenersCommand({ LoadBalancerArn }))
            .catch(() => ({ Listeners: [] }));
        for (const { ListenerArn } of Listeners) {
            await elb.send(new DeleteListenerCommand({ ListenerArn }));
        }
        return next(request);
    },
};

function refused(code: string, arn: string, why: string): AwsError {
    return new AwsError(code, `Load balancer '${arn}' cannot be deleted because ${why}`);
}
