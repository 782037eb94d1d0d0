import { APIGatewayClient, GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { CognitoIdentityProviderClient, DescribeUserPoolCommand } from "@aws-sdk/client-cognito-identity-provider";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, ECSClient, ListServicesCommand } from "@aws-sdk/client-ecs";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { ProgramExample } from "./example.ts";

const image = (name: string) => `000000000000.dkr.ecr.us-east-1.amazonaws.com/${name}@sha256:${"b".repeat(64)}`;

export const settings: ProgramExample["settings"] = () => ({
    images: JSON.stringify({
        text: image("text"),
        image: image("image"),
        dataOps: image("data-ops"),
        agent: image("agent"),
    }),
    googleApiKey: { secret: "google-key" },
    tech42TtsApiKey: { secret: "tts-key" },
});

export const check: ProgramExample["check"] = async ({ liveOutputs, trialOutputs }, { client }) => {
    for (const [environment, outputs, tasks] of [
        ["live", liveOutputs, 1],
        ["trial", trialOutputs, 0],
    ] as const) {
        const { Table } = await new DynamoDBClient(client).send(
            new DescribeTableCommand({ TableName: outputs.tableName }),
        );
        expect(Table?.TableName).to.equal(`stories-story-sessions-${environment}`);
        const { UserPool } = await new CognitoIdentityProviderClient(client).send(
            new DescribeUserPoolCommand({ UserPoolId: outputs.userPoolId }),
        );
        expect(UserPool?.Name).to.equal(`stories-user-pool-${environment}`);
        const page = await new S3Client({ ...client, forcePathStyle: true }).send(
            new GetObjectCommand({ Bucket: outputs.siteBucket, Key: "index.html" }),
        );
        expect(await page.Body?.transformToString()).to.contain("Stories come soon.");
        const cluster = `stories-ecs-cluster-${environment}`;
        const ecs = new ECSClient(client);
        const { serviceArns } = await ecs.send(new ListServicesCommand({ cluster }));
        const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: serviceArns }));
        expect(services.map(({ desiredCount }) => desiredCount)).to.deep.equal([tasks]);
    }
    for (const key of Object.keys(liveOutputs)) {
        expect(liveOutputs[key], key).not.to.equal(trialOutputs[key]);
    }
    const account = await new APIGatewayClient(client).send(new GetAccountCommand({}));
    expect(account.cloudwatchRoleArn).to.match(/role\/stories-api-logs-live-\w+$/);
};
