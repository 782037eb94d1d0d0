/** The sessions table, as far as the service uses it. */
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";

/** One row; `request` and `response` are JSON. */
export interface SessionRow {
    user_id: string;
    session_id: string;
    timestamp: number;
    route: string;
    request: string;
    response: string;
    created_at: string;
}

export class SessionsTable {
    readonly #dynamo: DynamoDBDocumentClient;
    readonly #name: string;

    constructor(dynamo: DynamoDBDocumentClient, name: string) {
        this.#dynamo = dynamo;
        this.#name = name;
    }

    async put(row: SessionRow): Promise<void> {
        await this.#dynamo.send(new PutCommand({ TableName: this.#name, Item: row }));
    }

    async remove(userId: string, sessionId: string): Promise<void> {
        const key = { user_id: userId, session_id: sessionId };
        await this.#dynamo.send(new DeleteCommand({ TableName: this.#name, Key: key }));
    }

    /** Up to `most` rows of one route, newest first. */
    async ofUser(userId: string, route: string, most: number): Promise<SessionRow[]> {
        const rows: SessionRow[] = [];
        let from: Record<string, unknown> | undefined;
        do {
            const page = await this.#dynamo.send(
                new QueryCommand({
                    TableName: this.#name,
                    IndexName: "TimestampIndex",
                    KeyConditionExpression: "user_id = :user",
                    FilterExpression: "#route = :route",
                    ExpressionAttributeNames: { "#route": "route" },
                    ExpressionAttributeValues: { ":user": userId, ":route": route },
                    ScanIndexForward: false,
                    ExclusiveStartKey: from,
                }),
            );
            rows.push(...((page.Items ?? []) as SessionRow[]));
            from = page.LastEvaluatedKey;
        } while (from && rows.length < most);
        return rows.slice(0, most);
    }
}
