import { StoryAgentService, StoryAuth, StoryImage } from "../../../components/index.ts";

const naming = { project: "shop", environment: "dev" };
const auth = new StoryAuth("auth", { ...naming, adminEmail: "admin@example.com" });
const image = new StoryImage("agent-image", { ...naming, repositoryName: "shop-agent-dev", context: "agent" });

// In a VPC that exists already; a StoryNetwork does as well.
const agent = new StoryAgentService("agent", {
    ...naming,
    image,
    network: {
        vpcId: "vpc-0a1b2c3d",
        publicSubnetIds: ["subnet-0a", "subnet-0b"],
        isolatedSubnetIds: ["subnet-0c", "subnet-0d"],
    },
    variables: { COGNITO_USER_POOL_ID: auth.userPool.id, COGNITO_CLIENT_ID: auth.userPoolClient.id },
    autoscaling: { min: 1, max: 3 },
    nightStop: { stop: "cron(0 20 * * ? *)", start: "cron(0 6 * * ? *)", timezone: "Europe/Berlin" },
});

export const balancer = agent.nodes?.loadBalancer.dnsName;
