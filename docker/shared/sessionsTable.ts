/** The sessions table: every call and its answer, and the stories of the agent service. */
import { randomUUID } from "node:crypto";
import { type AttributeValue, ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { fitToRow } from "./rowSize.ts";

/** The route under which the table keeps the pipeline's stories, beside the calls of the REST API. */
export const PIPELINE_ROUTE = "generate_story_pipeline";

/** Sort keys that are made here and by the agent service begin so; no id that a caller gives does. */
export const RESERVED_PREFIX = "#";

/** The row of what is under way for a person. */
export const WORK_ROW_KEY = `${RESERVED_PREFIX}desk`;

const SLOTS = `${RESERVED_PREFIX}slot#`;

/** The row of one of the calls that a person may have of a function at once, counted from 0. */
export const slotKey = (functionName: string, number: number) => `${SLOTS}${functionName}#${number}`;

/** Whether the row is of what is under way only, and nothing that a person has made. */
export const isTransient = (sortKey: string) => sortKey === WORK_ROW_KEY || sortKey.startsWith(SLOTS);

/** A slot, which is taken until it is freed, or until `held_until` (ISO 8601). */
export interface Slot {
    user_id: string;
    session_id: string;
    /** Of the call that has it. */
    version: string;
    held_until: string;
}

/** One row; `request` and `response` are JSON. */
export interface SessionRow {
    user_id: string;
    /** Of a recorded call: its job and what tells it from the job's others (`callKey`, `namedCallKey`). */
    session_id: string;
    /** The job of a recorded call. */
    job_id?: string;
    timestamp: number;
    route: string;
    request: string;
    response: string;
    created_at: string;
}

/** The row of a call that its caller named. */
export interface IdempotentRow extends SessionRow {
    /** Another one after every write. */
    version: string;
    /** Tells the request from others that are called the same. */
    request_hash: string;
    /** Until when the call is under way at most, in ISO 8601; not there once it is answered. */
    held_until?: string;
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

/** What the sort keys of the calls of a job begin with. */
export const callKeyPrefix = (jobId: string) => `${RESERVED_PREFIX}call#${jobId}#`;

/**
 * A sort key for a call that is recorded: each has its own, so that no call of a job takes another's place. Whoever invokes a
 * function directly names the request as they like, so the request's id alone would not do.
 */
export const callKey = (jobId: string, requestId: string) => `${callKeyPrefix(jobId)}${requestId}#${randomUUID()}`;

/** The sort key of a call that its caller named: the same for one that is sent again. */
export const idempotentCallKey = (jobId: string, callId: string, route: string) =>
    `${callKeyPrefix(jobId)}${callId}#${route}`;

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
     * Writes a named call's row in the place of its `earlier` version, of none where that is undefined, and says whether it did
     * or what stands there instead. That needs no right to read the table.
     */
    async replace(
        row: IdempotentRow,
        earlier: string | undefined,
    ): Promise<{ isPut: boolean; there?: Partial<IdempotentRow> }> {
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

    /** Takes a slot that nobody has, or had until now at most, and says whether it did. */
    async takeSlot(slot: Slot): Promise<boolean> {
        const { isPut } = await this.#putIf(slot, {
            ConditionExpression: "attribute_not_exists(session_id) OR held_until < :now",
            ExpressionAttributeValues: { ":now": new Date().toISOString() },
        });
        return isPut;
    }

    /** Frees a slot, unless another call has it by now. */
    async freeSlot(slot: Omit<Slot, "held_until">): Promise<void> {
        await this.#putIf(
            { ...slot, held_until: "" },
            { ConditionExpression: "version = :own", ExpressionAttributeValues: { ":own": slot.version } },
        );
    }

    async #putIf<Item extends IdempotentRow | Slot>(
        item: Item,
        condition: { ConditionExpression: string; ExpressionAttributeValues?: Record<string, string> },
    ): Promise<{ isPut: boolean; there?: Partial<Item> }> {
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
                const there = error.Item && (textsOf(error.Item) as Partial<Item>);
                // A write whose answer was lost is sent again by itself, and then finds what it wrote.
                return { isPut: there?.version === item.version, there };
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

/** What an error tells of a row, which the document client leaves as it came; all that is asked of it is text. */
function textsOf(item: Record<string, AttributeValue>): Record<string, string | undefined> {
    return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value.S]));
}
