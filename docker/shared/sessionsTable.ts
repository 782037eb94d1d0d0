/** The sessions table: every call and its answer, and the stories of the agent service. */
import { randomUUID } from "node:crypto";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { fitting } from "./rowSize.ts";

/** The route under which the table keeps the pipeline's stories, beside the calls of the REST API. */
export const PIPELINE_ROUTE = "generate_story_pipeline";

/** Sort keys of the agent service's own rows begin so; no id that a caller gives does. */
export const OWN_KEY = "#";

/** The row of what is under way for a person. */
export const DESK_KEY = `${OWN_KEY}desk`;

/** One row; `request` and `response` are JSON. */
export interface SessionRow {
    user_id: string;
    /** Of a recorded call: its job and its request (`callKey`). */
    session_id: string;
    /** The job of a recorded call. */
    job_id?: string;
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

/**
 * A sort key for a call that is recorded: each has its own, so that no call of a job takes another's place. Whoever invokes a
 * function directly names the request as they like, so the request's id alone would not do.
 */
export const callKey = (jobId: string, requestId: string) => `${jobId}#${requestId}#${randomUUID()}`;

export class SessionsTable {
    readonly #dynamo: DynamoDBDocumentClient;
    readonly #name: string;

    constructor(dynamo: DynamoDBDocumentClient, name: string) {
        this.#dynamo = dynamo;
        this.#name = name;
    }

    /** Writes a row unless a story stands under its key, and says whether it did; one larger than a row is cut, and marked so. */
    async put(row: SessionRow): Promise<boolean> {
        try {
            await this.#dynamo.send(
                new PutCommand({
                    TableName: this.#name,
                    Item: fitting(row),
                    ConditionExpression: "attribute_not_exists(session_id) OR #route <> :story",
                    ExpressionAttributeNames: { "#route": "route" },
                    ExpressionAttributeValues: { ":story": PIPELINE_ROUTE },
                }),
            );
            return true;
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return false;
            }
            throw error;
        }
    }

    async remove(userId: string, sessionId: string): Promise<void> {
        const Key = { user_id: userId, session_id: sessionId };
        await this.#dynamo.send(new DeleteCommand({ TableName: this.#name, Key }));
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
}
