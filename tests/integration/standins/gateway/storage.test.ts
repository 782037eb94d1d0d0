import {
    CreateTableCommand,
    DescribeContinuousBackupsCommand,
    DynamoDBClient,
    UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's buckets, tables and secrets", () => {
    let world: GatewayWorld;
    before(async () => {
        world = await GatewayWorld.open();
    });
    after(() => world.close());

    it("refuses a bucket that one has in another region", async () => {
        const create = (Bucket: string, region: string, endpoint = world.url) =>
            world.client(S3Client, { region, endpoint }).send(
                new CreateBucketCommand({
                    Bucket,
                    ...(region !== "us-east-1" && {
                        CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" },
                    }),
                }),
            );
        const owned = {
            code: "BucketAlreadyOwnedByYou",
            message: "Your previous request to create the named bucket succeeded and you already own it.",
        };
        await create("here", "us-east-1");
        await create("here", "us-east-1");
        expect(await refusalOf(create("here", "eu-west-1"))).to.deep.equal(owned);
        await create("there", "eu-west-1");
        expect(await refusalOf(create("there", "eu-west-1"))).to.deep.equal(owned);
        expect(await refusalOf(create("there", "us-east-1"))).to.deep.equal(owned);
        await world.client(S3Client).send(new PutObjectCommand({ Bucket: "here", Key: "kept", Body: "kept" }));
        await create("here", "eu-west-1", world.ministack);
    });

    it("keeps the days that a table can be restored within", async () => {
        const dynamo = world.client(DynamoDBClient);
        const TableName = "stories";
        await dynamo.send(
            new CreateTableCommand({
                TableName,
                BillingMode: "PAY_PER_REQUEST",
                AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
                KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
            }),
        );
        const recover = (RecoveryPeriodInDays?: number, PointInTimeRecoveryEnabled = true) =>
            dynamo.send(
                new UpdateContinuousBackupsCommand({
                    TableName,
                    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
                }),
            );
        const days = async (client = dynamo) => {
            const { ContinuousBackupsDescription } = await client.send(
                new DescribeContinuousBackupsCommand({ TableName }),
            );
            return ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.RecoveryPeriodInDays;
        };
        const { ContinuousBackupsDescription: set } = await recover(7);
        expect(set?.PointInTimeRecoveryDescription?.RecoveryPeriodInDays).to.equal(7);
        expect(await days()).to.equal(7);
        expect(await days(world.past(DynamoDBClient))).to.equal(undefined);
        await recover(undefined, false);
        expect(await days()).to.equal(undefined);
        await recover();
        expect(await days()).to.equal(35);
    });

    it("refuses a secret of the name of one that is scheduled for deletion, as such", async () => {
        const secrets = world.client(SecretsManagerClient);
        const create = (client = secrets) =>
            client.send(new CreateSecretCommand({ Name: "model-key", SecretString: "-" }));
        await create();
        expect((await refusalOf(create())).code).to.equal("ResourceExistsException");
        await secrets.send(new DeleteSecretCommand({ SecretId: "model-key", RecoveryWindowInDays: 7 }));
        expect(await refusalOf(create())).to.deep.equal({
            code: "InvalidRequestException",
            message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
        });
        expect((await refusalOf(create(world.past(SecretsManagerClient)))).code).to.equal("ResourceExistsException");
    });
});
