/** The sessions table: recorded calls with their answers, and the stories of the agent service. */
import { randomUUID } from "node:crypto";
import { type AttributeValue, ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { fitToRow } from "./rowSize.ts";

/** The `route` of the pipeline's stories in the table; calls of the REST API have other routes. */
export const PIPELINE_ROUTE = "generate_story_pipeline";

/** Prefix of sort keys that the functions and the agent service generate; no caller's id begins with it. */
export const RESERVED_PREFIX = "#";

/** Sort key of a person's work row: the works that are running. */
export const WORK_ROW_KEY = `${RESERVED_PREFIX}desk`;

const SLOTS = `${RESERVED_PREFIX}slot#`;

/** Sort key of one of a person's call slots of a function, counted from 0. */
export const slotKey = (functionName: string, number: number) => `${SLOTS}${functionName}#${number}`;

/** Whether the row only describes running work, and no content of a person. */
export const isTransient = (sortKey: string) => sortKey === WORK_ROW_KEY || sortKey.startsWith(SLOTS);

/** A call slot; it is taken until it is freed, or until `held_until` (ISO 8601). */
export interface Slot {
    user_id: string;
    session_id: string;
    /** Identifies the call that holds the slot. */
    version: string;
    held_until: string;
}

/** One row; `request` and `response` are JSON. */
export interface SessionRow {
    user_id: string;
    /** The sort key; for a recorded call see `callKey` and `idempotentCallKey`. */
    session_id: string;
    /** The job of a recorded call. */
    job_id?: string;
    timestamp: number;
    route: string;
    request: string;
    response: string;
    created_at: string;
}

/** The row of a call with an `Idempotency-Key`. */
export interface IdempotentRow extends SessionRow {
    /** Changes with every write. */
    version: string;
    /** Distinguishes the request from others with the same key. */
    request_hash: string;
    /** Latest end of the call's execution, in ISO 8601; absent once the call is answered. */
    held_until?: string;
}

/** Selects the rows of a user or of a route, within a time range in milliseconds since 1970. */
export interface SessionQuery {
    userId?: string;
    route?: string;
    from?: number;
    to?: number;
    limit: number;
    /** End of the previous page. */
    next?: Record<string, unknown>;
}

/** Prefix of the sort keys of a job's calls. */
export const callKeyPrefix = (jobId: string) => `${RESERVED_PREFIX}call#${jobId}#`;

/**
 * The sort key of a recorded call, unique, so that no call of a job replaces another one. A direct invocation may have any
 * request id, so the request id alone is not enough.
 */
export const callKey = (jobId: string, requestId: string) => `${callKeyPrefix(jobId)}${requestId}#${randomUUID()}`;

/** The sort key of a call with an `Idempotency-Key`: the same for a retry. */
export const idempotentCallKey = (jobId: string, callId: string, route: string) =>
    `${callKeyPrefix(jobId)}${callId}#${route}`;

export class SessionsTable {
    readonly #dynamo: DynamoDBDocumentClient;
    readonly #name: string;

    constructor(dynamo: DynamoDBDocumentClient, name: string) {
        this.#dynamo = dynamo;
        this.#name = name;
    }

    /** Writes a row unless a story has its key; returns whether it was written. A row that is too large is cut and marked. */
    async put(row: SessionRow): Promise<boolean> {
        try {
            await this.#dynamo.send(
                new PutCommand({
                    TableName: this.#name,
                    Item: fitToRow(row),
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

    /**
     * Replaces the `earlier` version of an idempotent call's row; undefined: no row may exist. Returns whether it was written, or
     * the row that exists instead, without the permission to read the table.
     */
    async replace(
        row: IdempotentRow,
        earlier: string | undefined,
    ): Promise<{ isPut: boolean; existing?: Partial<IdempotentRow> }> {
        return this.#putIf(
            fitToRow(row),
            earlier === undefined
                ? { ConditionExpression: "attribute_not_exists(session_id)" }
                : {
                      ConditionExpression: "version = :earlier",
                      ExpressionAttributeValues: { ":earlier": earlier },
                  },
        );
    }

    /** Takes a slot that is free or expired; returns whether it was taken. */
    async takeSlot(slot: Slot): Promise<boolean> {
        const { isPut } = await this.#putIf(slot, {
            ConditionExpression: "attribute_not_exists(session_id) OR held_until < :now",
            ExpressionAttributeValues: { ":now": new Date().toISOString() },
        });
        return isPut;
    }

    /** Frees a slot, unless another call has taken it meanwhile. */
    async freeSlot(slot: Omit<Slot, "held_until">): Promise<void> {
        await this.#putIf(
            { ...slot, held_until: "" },
            { ConditionExpression: "version = :own", ExpressionAttributeValues: { ":own": slot.version } },
        );
    }

    async #putIf<Item extends IdempotentRow | Slot>(
        item: Item,
        condition: { ConditionExpression: string; ExpressionAttributeValues?: Record<string, string> },
    ): Promise<{ isPut: boolean; existing?: Partial<Item> }> {
        try {
            await this.#dynamo.send(
                new PutCommand({
                    TableName: this.#name,
                    Item: item,
                    ...condition,
                    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
                }),
            );
            return { isPut: true };
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                const existing = error.Item && (textsOf(error.Item) as Partial<Item>);
                // The client retries a write whose answer was lost, and then finds its own row.
                return { isPut: existing?.version === item.version, existing };
            }
            throw error;
        }
    }

    async remove(userId: string, sessionId: string): Promise<void> {
        const Key = { user_id: userId, session_id: sessionId };
        await this.#dynamo.send(new DeleteCommand({ TableName: this.#name, Key }));
    }

    /** One page of a user's or a route's rows, newest first; `next` selects the following page. */
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

    /** All rows of a user, page by page; with `after`, a session's id, the rows that follow it. */
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

/** The string attributes of the item in an error, which the document client does not unmarshal. */
function textsOf(item: Record<string, AttributeValue>): Record<string, string | undefined> {
    return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value.S]));
}
