import * as aws from "@pulumi/aws";
import { StoryEncryptionKey } from "../../../components/index.ts";

const key = new StoryEncryptionKey("key", {
    project: "shop",
    environment: "prod",
    accountId: aws.getCallerIdentityOutput().accountId,
    region: "eu-central-1",
});

export const arn = key.arn;
