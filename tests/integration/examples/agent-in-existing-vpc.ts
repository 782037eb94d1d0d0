import { DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect } from "chai";
import type { ProgramExample } from "./example.ts";

export const systemNode = true;

const agentImage = `000000000000.dkr.ecr.us-east-1.amazonaws.com/agent@sha256:${"a".repeat(64)}`;

export const settings: ProgramExample["settings"] = () => ({
    agentImage,
    googleApiKey: { secret: "google-key" },
    ttsApiKey: { secret: "tts-key" },
});

export const check: ProgramExample["check"] = async (outputs, { client }) => {
    const ecs = new ECSClient(client);
    const { services = [] } = await ecs.send(
        new DescribeServicesCommand({ cluster: outputs.clusterName, services: [outputs.serviceName] }),
    );
    expect(services[0]?.networkConfiguration?.awsvpcConfiguration?.subnets).to.have.members(outputs.publicSubnetIds);
    const { taskDefinition } = await ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: outputs.taskDefinitionArn }),
    );
    const [container] = taskDefinition?.containerDefinitions ?? [];
    expect(container?.image).to.equal(agentImage);
    expect(container?.environment).to.deep.include({ name: "COGNITO_USER_POOL_ID", value: outputs.userPoolId });
    const { LoadBalancers = [] } = await new ElasticLoadBalancingV2Client(client).send(
        new DescribeLoadBalancersCommand({ LoadBalancerArns: [outputs.loadBalancerArn] }),
    );
    const [balancer] = LoadBalancers;
    expect(balancer?.Scheme).to.equal("internal");
    expect(balancer?.AvailabilityZones?.map(({ SubnetId }) => SubnetId)).to.have.members(outputs.isolatedSubnetIds);
};
