/** The ledger's table on an emulator, and a client of it. */
import { createRequire } from "node:module";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";

const fromDocker = createRequire(new URL("../../docker/package.json", import.meta.url));
const { DynamoDBDocumentClient } = fromDocker("@aws-sdk/lib-dynamodb");
const { DynamoDBClient: DockerDynamoDB } = fromDocker("@aws-sdk/client-dynamodb");

export const USAGE_TABLE = "usage-test";

const client = (endpoint: string) => ({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

/** A client with the configuration of the functions and the service. */
export function documentClient(endpoint: string) {
    return DynamoDBDocumentClient.from(new DockerDynamoDB({ ...client(endpoint), maxAttempts: 3 }));
}

/** The table as `StoryData` makes it. */
export async function createUsageTable(endpoint: string): Promise<void> {
    const key = (AttributeName: string, KeyType: "HASH" | "RANGE") => ({ AttributeName, KeyType });
    await new DynamoDBClient(client(endpoint)).send(
        new CreateTableCommand({
            TableName: USAGE_TABLE,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: ["user_id", "entry", "day"].map((AttributeName) => ({
                AttributeName,
                AttributeType: "S" as const,
            })),
            KeySchema: [key("user_id", "HASH"), key("entry", "RANGE")],
            GlobalSecondaryIndexes: [
                {
                    IndexName: "DayIndex",
                    KeySchema: [key("day", "HASH"), key("user_id", "RANGE")],
                    Projection: { ProjectionType: "ALL" },
                },
            ],
        }),
    );
}
