import * as aws from "@pulumi/aws";
import { StoryMonitoring } from "../../../components/index.ts";

const monitoring = new StoryMonitoring("monitoring", {
    project: "shop",
    environment: "dev",
    adminEmail: "admin@example.com",
    accountId: aws.getCallerIdentityOutput().accountId,
    api: { name: "shop-api-dev", stageName: "dev" },
    functions: { resize: { functionName: "shop-resize-dev", deadLetterQueueName: "shop-resize-dev-dead-letters" } },
    tableName: "shop-orders-dev",
    monthlyBudgetUsd: 50,
});

export const topic = monitoring.topic.arn;
