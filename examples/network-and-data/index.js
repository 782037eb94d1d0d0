// Only Story-42's network and data, and a role of this program that may record sessions.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { StoryData, StoryNetwork } from "@tech42/story-42";

const naming = { project: "reports", environment: pulumi.getStack() };
const config = new pulumi.Config();

const network = new StoryNetwork("network", {
    ...naming,
    availabilityZones: ["us-east-1a", "us-east-1b"],
    cidrBlock: "10.50.0.0/16",
});

const data = new StoryData("data", {
    ...naming,
    googleApiKey: config.requireSecret("googleApiKey"),
    ttsApiKey: config.requireSecret("ttsApiKey"),
    corsOrigins: ["https://reports.example.com"],
    secretRecoveryDays: 0,
    forceDestroy: true,
});

const reporter = new aws.iam.Role("reporter", {
    name: `reports-reporter-${naming.environment}`,
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }),
});
data.grantSessionsRecord({ role: reporter, granteeName: "reporter" });

export const vpcId = network.vpcId;
export const tableName = data.table.name;
export const bucketName = data.imagesBucket.bucket;
export const reporterRoleName = reporter.name;
