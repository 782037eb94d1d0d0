// A data store of Story-42 and a queue of this program's own.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { StoryData } from "@tech42/story-42";

const googleApiKey = new pulumi.Config().requireSecret("googleApiKey");

const data = new StoryData("data", {
    project: "orders",
    environment: pulumi.getStack(),
    googleApiKey,
    ttsApiKey: googleApiKey,
    corsOrigins: ["https://orders.example.com"],
    secretRecoveryDays: 0,
    forceDestroy: true,
});

const queue = new aws.sqs.Queue("orders");

export const tableName = data.table.name;
export const queueUrl = queue.url;
