// Story-42's agent service with existing resources of a company: its VPC, its user pool, and an image from its CI.
const pulumi = require("@pulumi/pulumi");
const { StoryAgentService, StoryData, StoryImage, StoryNetwork, grant } = require("@tech42/story-42");
const { vpc, publicSubnets, isolatedSubnets, pool, client } = require("./surroundings.js");

const naming = { project: "stories", environment: pulumi.getStack() };
const config = new pulumi.Config();
const region = new pulumi.Config("aws").require("region");

const network = new StoryNetwork("network", {
    ...naming,
    existing: {
        vpcId: vpc.id,
        publicSubnetIds: publicSubnets.map((subnet) => subnet.id),
        isolatedSubnetIds: isolatedSubnets.map((subnet) => subnet.id),
    },
});

const data = new StoryData("data", {
    ...naming,
    googleApiKey: config.requireSecret("googleApiKey"),
    ttsApiKey: config.requireSecret("ttsApiKey"),
    corsOrigins: ["https://stories.example.com"],
    secretRecoveryDays: 0,
    forceDestroy: true,
});

const image = new StoryImage("image", {
    ...naming,
    repositoryName: `stories-agent-${naming.environment}`,
    existingImage: config.require("agentImage"),
    forceDelete: true,
});

const agent = new StoryAgentService("agent", {
    ...naming,
    image,
    network,
    variables: {
        AWS_REGION: region,
        AUTH_ENABLED: "true",
        COGNITO_REGION: region,
        COGNITO_USER_POOL_ID: pool.id,
        COGNITO_CLIENT_ID: client.id,
        S3_STORAGE_BUCKET: data.imagesBucket.bucket,
        DYNAMODB_SESSIONS_TABLE: data.table.name,
        CORS_ORIGINS: "https://stories.example.com",
    },
    secrets: { TECH42_TTS_API_KEY: data.ttsApiKeySecret },
});
data.grantSessions(agent);
data.grantImages(agent);
grant(
    agent,
    "cognito",
    [
        {
            Effect: "Allow",
            Action: ["cognito-idp:SignUp", "cognito-idp:InitiateAuth", "cognito-idp:GetUser"],
            Resource: pool.arn,
        },
    ],
    { parent: agent },
);

exports.isolatedSubnetIds = network.isolatedSubnetIds;
exports.publicSubnetIds = network.publicSubnetIds;
exports.userPoolId = pool.id;
exports.clusterName = agent.nodes.cluster.name;
exports.serviceName = agent.nodes.service.name;
exports.taskDefinitionArn = agent.nodes.taskDefinition.arn;
exports.loadBalancerArn = agent.nodes.loadBalancer.arn;
