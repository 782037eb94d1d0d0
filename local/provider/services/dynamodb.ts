import * as dynamodb from "@aws-sdk/client-dynamodb";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { removedTags, tagList, tagMap } from "../shapes.ts";
import type { Properties } from "../values.ts";

const client = (cloud: Clients) => cloud.of(dynamodb.DynamoDBClient);

const keys = (hashKey: string, rangeKey?: string): dynamodb.KeySchemaElement[] => [
    { AttributeName: hashKey, KeyType: "HASH" },
    ...(rangeKey ? [{ AttributeName: rangeKey, KeyType: "RANGE" as const }] : []),
];
const keyNamed = (schema: dynamodb.KeySchemaElement[] | undefined, type: dynamodb.KeyType) =>
    schema?.find((key) => key.KeyType === type)?.AttributeName;

const indexOf = (index: Properties): dynamodb.GlobalSecondaryIndex => ({
    IndexName: index.name,
    KeySchema: keys(index.hashKey, index.rangeKey),
    Projection: { ProjectionType: index.projectionType },
});

const table: ResourceType = {
    replaceOn: ["name", "hashKey", "rangeKey"],
    deleteFirst: true,
    computed: ["arn", "streamArn", "streamLabel"],
    async create(inputs, cloud) {
        await client(cloud).send(
            new dynamodb.CreateTableCommand({
                TableName: inputs.name,
                BillingMode: inputs.billingMode,
                KeySchema: keys(inputs.hashKey, inputs.rangeKey),
                AttributeDefinitions: inputs.attributes.map((one: Properties) => ({
                    AttributeName: one.name,
                    AttributeType: one.type,
                })),
                GlobalSecondaryIndexes: inputs.globalSecondaryIndexes?.map(indexOf),
                SSESpecification: encryption(inputs),
                DeletionProtectionEnabled: inputs.deletionProtectionEnabled,
                Tags: tagList(inputs.tags),
            }),
        );
        await dynamodb.waitUntilTableExists({ client: client(cloud), maxWaitTime: 60 }, { TableName: inputs.name });
        await setRecovery(inputs, cloud);
        return inputs.name;
    },
    async read(id, cloud) {
        const found = await ifThere(client(cloud).send(new dynamodb.DescribeTableCommand({ TableName: id })));
        const it = found?.Table;
        if (!it) {
            return undefined;
        }
        const backups = await client(cloud).send(new dynamodb.DescribeContinuousBackupsCommand({ TableName: id }));
        const { Tags } = await client(cloud).send(new dynamodb.ListTagsOfResourceCommand({ ResourceArn: it.TableArn }));
        const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
        return {
            arn: it.TableArn,
            name: it.TableName,
            billingMode: it.BillingModeSummary?.BillingMode ?? "PROVISIONED",
            hashKey: keyNamed(it.KeySchema, "HASH"),
            rangeKey: keyNamed(it.KeySchema, "RANGE"),
            attributes: it.AttributeDefinitions?.map((one) => ({ name: one.AttributeName, type: one.AttributeType })),
            globalSecondaryIndexes: it.GlobalSecondaryIndexes?.map((index) => ({
                name: index.IndexName,
                hashKey: keyNamed(index.KeySchema, "HASH"),
                rangeKey: keyNamed(index.KeySchema, "RANGE"),
                projectionType: index.Projection?.ProjectionType,
            })),
            pointInTimeRecovery: { enabled: recovery?.PointInTimeRecoveryStatus === "ENABLED" },
            deletionProtectionEnabled: it.DeletionProtectionEnabled ?? false,
            serverSideEncryption: it.SSEDescription?.KMSMasterKeyArn
                ? { enabled: true, kmsKeyArn: it.SSEDescription.KMSMasterKeyArn }
                : undefined,
            tags: tagMap(Tags),
        };
    },
    async update(id, inputs, cloud, old) {
        await client(cloud).send(
            new dynamodb.UpdateTableCommand({
                TableName: id,
                BillingMode: inputs.billingMode,
                DeletionProtectionEnabled: inputs.deletionProtectionEnabled,
                SSESpecification: encryption(inputs),
            }),
        );
        await updateIndexes(id, inputs, cloud, old);
        await setRecovery(inputs, cloud);
        const gone = removedTags(old.tags, inputs.tags);
        if (gone.length > 0) {
            await client(cloud).send(new dynamodb.UntagResourceCommand({ ResourceArn: old.arn, TagKeys: gone }));
        }
        await client(cloud).send(new dynamodb.TagResourceCommand({ ResourceArn: old.arn, Tags: tagList(inputs.tags) }));
    },
    async delete(id, cloud, state) {
        if (state.deletionProtectionEnabled) {
            throw new Error(
                `the table ${id} is protected against deletion; set deletionProtectionEnabled to false first`,
            );
        }
        await ifThere(client(cloud).send(new dynamodb.DeleteTableCommand({ TableName: id })));
        await dynamodb.waitUntilTableNotExists({ client: client(cloud), maxWaitTime: 60 }, { TableName: id });
    },
};

function encryption(inputs: Properties): dynamodb.SSESpecification | undefined {
    const it = inputs.serverSideEncryption;
    return it && { Enabled: it.enabled, SSEType: "KMS", KMSMasterKeyId: it.kmsKeyArn };
}

async function setRecovery(inputs: Properties, cloud: Clients): Promise<void> {
    if (inputs.pointInTimeRecovery) {
        await client(cloud).send(
            new dynamodb.UpdateContinuousBackupsCommand({
                TableName: inputs.name,
                PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: inputs.pointInTimeRecovery.enabled },
            }),
        );
    }
}

/** One index at a time, as DynamoDB wants it. */
async function updateIndexes(id: string, inputs: Properties, cloud: Clients, old: Properties): Promise<void> {
    const before: Properties[] = old.globalSecondaryIndexes ?? [];
    const after: Properties[] = inputs.globalSecondaryIndexes ?? [];
    const named = (list: Properties[], name: string) => list.some((index) => index.name === name);
    const AttributeDefinitions = inputs.attributes.map((one: Properties) => ({
        AttributeName: one.name,
        AttributeType: one.type,
    }));
    for (const index of before.filter((one) => !named(after, one.name))) {
        const change = { Delete: { IndexName: index.name } };
        await client(cloud).send(
            new dynamodb.UpdateTableCommand({ TableName: id, GlobalSecondaryIndexUpdates: [change] }),
        );
    }
    for (const index of after.filter((one) => !named(before, one.name))) {
        const change = { Create: indexOf(index) };
        await client(cloud).send(
            new dynamodb.UpdateTableCommand({
                TableName: id,
                AttributeDefinitions,
                GlobalSecondaryIndexUpdates: [change],
            }),
        );
    }
}

export const dynamodbTypes: Record<string, ResourceType> = { "aws:dynamodb/table:Table": table };
