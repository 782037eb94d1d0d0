/** The sessions table: every call and its answer, and the stories of the agent service. */
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { fitting } from "./rowSize.ts";

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

/** Which rows are asked for: a user's, or a route's, within a time range in milliseconds since 1970. */
export interface SessionQuery {
    userId?: string;
    route?: string;
    from?: number;
    to?: number;
    limit: number;
    /** Where the page before ended. */
    next?: Record<string, unknown>;
}

export class SessionsTable {
    readonly #dynamo: DynamoDBDocumentClient;
    readonly #name: string;

    constructor(dynamo: DynamoDBDocumentClient, name: string) {
        this.#dynamo = dynamo;
        this.#name = name;
    }

    /** Writes a row; a call that is larger than a row is cut, and marked so. */
    async put(row: SessionRow): Promise<void> {
        await this.#dynamo.send(new PutCommand({ TableName: this.#name, Item: fitting(row) }));
    }

    /** Says whether there was one. */
    async remove(userId: string, sessionId: string): Promise<boolean> {
        const Key = { user_id: userId, session_id: sessionId };
        const removal = new DeleteCommand({ TableName: this.#name, Key, ReturnValues: "ALL_OLD" });
        return (await this.#dynamo.send(removal)).Attributes !== undefined;
    }

    /** One page of a user's rows or a route's, newest first; `next` leads to the page after it. */
    async page(query: SessionQuery): Promise<{ rows: SessionRow[]; next?: Record<string, unknown> }> {
        const { userId, route, from = 0, to = Number.MAX_SAFE_INTEGER, limit, next } = query;
        const byUser = userId !== undefined;
        const page = await this.#dynamo.send(
            new QueryCommand({
                TableName: this.#name,
                IndexName: byUser ? "TimestampIndex" : "RouteTimestampIndex",
                KeyConditionExpression: "#owner = :owner AND #timestamp BETWEEN :from AND :to",
                ExpressionAttributeNames: {
                    "#owner": byUser ? "user_id" : "route",
                    "#timestamp": "timestamp",
                    ...(byUser && route ? { "#route": "route" } : {}),
                },
                ExpressionAttributeValues: {
                    ":owner": byUser ? userId : route,
                    ":from": from,
                    ":to": to,
                    ...(byUser && route ? { ":route": route } : {}),
                },
                ...(byUser && route ? { FilterExpression: "#route = :route" } : {}),
                ScanIndexForward: false,
                Limit: limit,
                ExclusiveStartKey: next,
            }),
        );
        return { rows: (page.Items ?? []) as SessionRow[], next: page.LastEvaluatedKey };
    }

    /** Every row of a user, page by page; with `after`, a session's id, those that follow it. */
    async *all(userId: string, after = ""): AsyncGenerator<SessionRow[]> {
        let from: Record<string, unknown> | undefined = after ? { user_id: userId, session_id: after } : undefined;
        do {
            const page = await this.#dynamo.send(
                new QueryCommand({
                    TableName: this.#name,
                    KeyConditionExpression: "user_id = :user",
                    ExpressionAttributeValues: { ":user": userId },
                    ExclusiveStartKey: from,
                }),
            );
            yield (page.Items ?? []) as SessionRow[];
            from = page.LastEvaluatedKey;
        } while (from);
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
