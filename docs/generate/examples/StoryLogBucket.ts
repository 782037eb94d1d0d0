import * as aws from "@pulumi/aws";
import { StoryLogBucket } from "../../../components/index.ts";

const logs = new StoryLogBucket("logs", {
    project: "shop",
    environment: "prod",
    accountId: aws.getCallerIdentityOutput().accountId,
    retentionDays: 90,
});

export const bucket = logs.bucketName;
