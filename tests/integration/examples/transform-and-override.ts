import { DescribeTableCommand, DynamoDBClient, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect } from "chai";
import type { ProgramExample } from "./example.ts";

export const typeCheck = true;

export const settings: ProgramExample["settings"] = () => ({
    googleApiKey: { secret: "google-key" },
    ttsApiKey: { secret: "tts-key" },
});

export const check: ProgramExample["check"] = async (outputs, { client }) => {
    const dynamodb = new DynamoDBClient(client);
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: outputs.tableName }));
    const { Tags } = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
    expect(Tags).to.deep.include({ Key: "CostCenter", Value: "4711" });
    const { CORSRules } = await new S3Client({ ...client, forcePathStyle: true }).send(
        new GetBucketCorsCommand({ Bucket: outputs.bucketName }),
    );
    expect(CORSRules?.map(({ MaxAgeSeconds }) => MaxAgeSeconds)).to.deep.equal([60]);
    const secret = await new SecretsManagerClient(client).send(
        new DescribeSecretCommand({ SecretId: outputs.ttsSecretName }),
    );
    expect(secret.Description).to.equal("The key of our own text-to-speech service");
    const { Attributes } = await new SNSClient(client).send(
        new GetTopicAttributesCommand({ TopicArn: outputs.topicArn }),
    );
    expect(Attributes?.TopicArn).to.equal(outputs.topicArn);
    const { Subnets = [] } = await new EC2Client(client).send(
        new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [outputs.vpcId] }] }),
    );
    expect(Subnets).to.have.length(4);
    for (const { Tags: tags } of Subnets) {
        expect(tags).to.deep.include({ Key: "Zone", Value: "public-cloud" });
    }
};
