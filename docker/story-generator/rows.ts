/**
 * The service's own rows in the sessions table. Each write has a condition, so that a late writer changes nothing; see
 * docs/story-data.md.
 */
import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
    DeleteCommand,
    type DynamoDBDocumentClient,
    GetCommand,
    PutCommand,
    QueryCommand,
    type QueryCommandInput,
    TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";

export type Row = { user_id: string; session_id: string } & Record<string, unknown>;

/** The condition of a write: the row is absent, has the version that was read, or is older than the new row. */
export type Condition = "absent" | { version: string } | "older";

/** Selects a part of a user's rows in the order of their keys. */
export interface Part {
    userId: string;
    /** Prefix of the keys; without it the keys of the earlier form, which are bare ids. */
    prefix?: string;
    route?: string;
    limit?: number;
    newestFirst?: boolean;
    /** The attributes to read. Default: all. */
    only?: string[];
    /** End of the previous page. */
    after?: string;
}

export interface Rows {
    get(userId: string, key: string): Promise<Row | undefined>;
    /**
     * Writes the row if the condition holds; returns whether it was written. `older`: the stored row is absent, or its
     * `revision` is smaller; "created" means that it was absent.
     */
    put(row: Row, condition: Condition): Promise<boolean | "created">;
    /** Removes the row, with `route` only a row of that route; returns whether it existed. */
    remove(userId: string, key: string, route?: string): Promise<boolean>;
    /** Replaces the row of that route under `from` in one transaction; an existing row under the new key stays. */
    move(row: Row, from: string, route: string): Promise<void>;
    part(part: Part): Promise<{ rows: Row[]; next?: string }>;
}

/** Bare ids sort after the service's own keys, which begin with `#`. */
const BEFORE_BARE_IDS = "$";

export class TableRows implements Rows {
    readonly #dynamo: DynamoDBDocumentClient;
    readonly #table: string;

    constructor(dynamo: DynamoDBDocumentClient, table: string) {
        this.#dynamo = dynamo;
        this.#table = table;
    }

    async get(user_id: string, session_id: string): Promise<Row | undefined> {
        const Key = { user_id, session_id };
        const read = new GetCommand({ TableName: this.#table, Key, ConsistentRead: true });
        return (await this.#dynamo.send(read)).Item as Row | undefined;
    }

    async put(row: Row, condition: Condition): Promise<boolean | "created"> {
        try {
            const { Attributes } = await this.#dynamo.send(
                new PutCommand({
                    TableName: this.#table,
                    Item: row,
                    ReturnValues: "ALL_OLD",
                    ...expressed(row, condition),
                }),
            );
            return Attributes === undefined ? "created" : true;
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return false;
            }
            throw error;
        }
    }

    async remove(user_id: string, session_id: string, route?: string): Promise<boolean> {
        try {
            const { Attributes } = await this.#dynamo.send(
                new DeleteCommand({
                    TableName: this.#table,
                    Key: { user_id, session_id },
                    ReturnValues: "ALL_OLD",
                    ...(route === undefined ? {} : ofRoute(route)),
                }),
            );
            return Attributes !== undefined;
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return false;
            }
            throw error;
        }
    }

    async move(row: Row, from: string, route: string): Promise<void> {
        const { user_id } = row;
        try {
            await this.#dynamo.send(
                new TransactWriteCommand({
                    TransactItems: [
                        { Delete: { TableName: this.#table, Key: { user_id, session_id: from }, ...ofRoute(route) } },
                        { Put: { TableName: this.#table, Item: row, ...expressed(row, "absent") } },
                    ],
                }),
            );
        } catch (error) {
            if (!(error instanceof TransactionCanceledException)) {
                throw error;
            }
            if (await this.get(user_id, row.session_id)) {
                await this.remove(user_id, from, route);
            }
        }
    }

    async part(part: Part): Promise<{ rows: Row[]; next?: string }> {
        const { userId, prefix, route, limit, newestFirst, only, after } = part;
        // Many attribute names are reserved words of DynamoDB.
        const names = { ...(route === undefined ? {} : { "#route": "route" }), ...named(only) };
        const input: QueryCommandInput = {
            TableName: this.#table,
            ConsistentRead: true,
            KeyConditionExpression:
                prefix === undefined
                    ? "user_id = :user AND session_id > :from"
                    : "user_id = :user AND begins_with(session_id, :from)",
            ExpressionAttributeValues: {
                ":user": userId,
                ":from": prefix ?? BEFORE_BARE_IDS,
                ...(route === undefined ? {} : { ":route": route }),
            },
            FilterExpression: route === undefined ? undefined : "#route = :route",
            ProjectionExpression: only?.map((name) => `#${name}`).join(),
            ExpressionAttributeNames: Object.keys(names).length > 0 ? names : undefined,
            ScanIndexForward: !newestFirst,
            Limit: limit,
            ExclusiveStartKey: after === undefined ? undefined : { user_id: userId, session_id: after },
        };
        const page = await this.#dynamo.send(new QueryCommand(input));
        return { rows: (page.Items ?? []) as Row[], next: page.LastEvaluatedKey?.session_id };
    }
}

const named = (attributes: string[] = []) => Object.fromEntries(attributes.map((name) => [`#${name}`, name]));

function ofRoute(route: string) {
    return {
        ConditionExpression: "#route = :route",
        ExpressionAttributeNames: { "#route": "route" },
        ExpressionAttributeValues: { ":route": route },
    };
}

function expressed(row: Row, condition: Condition) {
    if (condition === "absent") {
        return { ConditionExpression: "attribute_not_exists(session_id)" };
    }
    if (condition === "older") {
        return {
            ConditionExpression: "attribute_not_exists(session_id) OR revision < :revision",
            ExpressionAttributeValues: { ":revision": row.revision },
        };
    }
    return {
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": condition.version },
    };
}

/** Every row of a part, page by page. */
export async function* everyRow(rows: Rows, part: Part): AsyncGenerator<Row> {
    let after: string | undefined;
    do {
        const page = await rows.part({ ...part, after });
        yield* page.rows;
        after = page.next;
    } while (after !== undefined);
}
