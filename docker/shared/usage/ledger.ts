/**
 * The ledger: one row per person, story, day and model, to which every call that costs something adds. A call's id is put
 * into the row before the call. One write removes the id and adds the usage: a repeated write adds once, and the id of a call
 * whose process died stays.
 */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { COUNTERS, type Counters, dayOf, type LedgerRow, monthOf, ZERO_USAGE } from "../../../contract/usage.ts";

/** The index by day over all persons. */
export const DAY_INDEX = "DayIndex";

/** Days until a row expires: enough to compare with the previous year. */
const RETENTION_DAYS = 400;
const DAY_MS = 86_400_000;

/** A call: its person, story and model. */
export interface LedgerCall {
    /** Unique id of the call. */
    id: string;
    userId: string;
    story: string;
    model: string;
    /** The version of the prompts by which it is made. Default: it is made without prompts. */
    promptVersion?: string;
    /** Start of the call by its caller's clock: both writes go to that day's row. */
    at: Date;
}

/** Bounds on the stories that a person begins, by day and month. */
export type StoryBound = "dailyStoriesPerPerson" | "monthlyStoriesPerPerson";

export class Ledger {
    readonly #dynamo: DynamoDBDocumentClient;
    readonly #table: string;

    constructor(dynamo: DynamoDBDocumentClient, table: string) {
        this.#dynamo = dynamo;
        this.#table = table;
    }

    /** Records the id of a call before the call is made. */
    async begin(call: LedgerCall): Promise<void> {
        const { promptVersion } = call;
        await this.#dynamo.send(
            new UpdateCommand({
                ...this.#at(call),
                UpdateExpression: `ADD open_calls :id${promptVersion ? ", prompt_versions :versions" : ""} SET #day = :day, story = :story, #model = :model, expires_at = :until`,
                ExpressionAttributeNames: { "#day": "day", "#model": "model" },
                ExpressionAttributeValues: {
                    ":id": new Set([call.id]),
                    ...(promptVersion ? { ":versions": new Set([promptVersion]) } : {}),
                    ":day": dayOf(call.at),
                    ":story": call.story,
                    ":model": call.model,
                    ":until": Math.floor((call.at.getTime() + RETENTION_DAYS * DAY_MS) / 1_000),
                },
            }),
        );
    }

    /** Adds the usage of a recorded call. A call whose id is gone was added before. */
    async end(call: LedgerCall, counters: Counters): Promise<void> {
        const added = COUNTERS.filter((name) => counters[name] !== 0);
        const sums = added.length > 0 ? `ADD ${added.map((name) => `${name} :${name}`).join(", ")} ` : "";
        await this.#updateIf(
            new UpdateCommand({
                ...this.#at(call),
                UpdateExpression: `${sums}DELETE open_calls :ids`,
                ConditionExpression: "contains(open_calls, :id)",
                ExpressionAttributeValues: {
                    ":id": call.id,
                    ":ids": new Set([call.id]),
                    ...Object.fromEntries(added.map((name) => [`:${name}`, counters[name]])),
                },
            }),
        );
    }

    /** The rows of a story. */
    ofStory(userId: string, story: string): Promise<LedgerRow[]> {
        return this.#query({
            ConsistentRead: true,
            KeyConditionExpression: "user_id = :user AND begins_with(entry, :story)",
            ExpressionAttributeValues: { ":user": userId, ":story": `${story}#` },
        });
    }

    /** The rows of a day, of one person or of all. The latest writes may be missing. */
    ofDay(day: string, userId?: string): Promise<LedgerRow[]> {
        return this.#query({
            IndexName: DAY_INDEX,
            KeyConditionExpression: `#day = :day${userId === undefined ? "" : " AND user_id = :user"}`,
            ExpressionAttributeNames: { "#day": "day" },
            ExpressionAttributeValues: { ":day": day, ...(userId === undefined ? {} : { ":user": userId }) },
        });
    }

    /** The rows of a person by page, each page with the key `next` after which the following one begins. */
    async *ofPerson(userId: string, after?: string): AsyncGenerator<{ rows: LedgerRow[]; next: string | undefined }> {
        let from = after === undefined ? undefined : { user_id: userId, entry: after };
        do {
            const page = await this.#dynamo.send(
                new QueryCommand({
                    TableName: this.#table,
                    KeyConditionExpression: "user_id = :user",
                    ExpressionAttributeValues: { ":user": userId },
                    ExclusiveStartKey: from,
                    ConsistentRead: true,
                }),
            );
            from = page.LastEvaluatedKey as typeof from;
            const rows = (page.Items ?? []).filter(({ entry }) => !isStoryCount(entry)).map(rowOf);
            yield { rows, next: from?.entry };
        } while (from);
    }

    /** Counts a new story, unless it exceeds `limits`; returns the exceeded bound then. A limit of 0: none. */
    async beginStory(
        userId: string,
        story: string,
        at: Date,
        limits: Record<StoryBound, number>,
    ): Promise<StoryBound | undefined> {
        const day = `d${dayOf(at).slice(8)}`;
        const limit = (bound: StoryBound) => limits[bound] || Number.MAX_SAFE_INTEGER;
        const existing = await this.#updateIf(
            new UpdateCommand({
                TableName: this.#table,
                Key: { user_id: userId, entry: storyCountKey(at) },
                UpdateExpression: "ADD #day :ids, stories :one SET expires_at = :until",
                ConditionExpression:
                    "NOT contains(#day, :id) AND (attribute_not_exists(#day) OR size(#day) < :ofDay) AND (attribute_not_exists(stories) OR stories < :ofMonth)",
                ExpressionAttributeNames: { "#day": day },
                ExpressionAttributeValues: {
                    ":id": story,
                    ":ids": new Set([story]),
                    ":one": 1,
                    ":ofDay": limit("dailyStoriesPerPerson"),
                    ":ofMonth": limit("monthlyStoriesPerPerson"),
                    ":until": Math.floor((at.getTime() + RETENTION_DAYS * DAY_MS) / 1_000),
                },
                ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            }),
        );
        const today = existing?.[day]?.SS ?? [];
        if (!existing || today.includes(story)) {
            return undefined;
        }
        return Number(existing.stories?.N) >= limit("monthlyStoriesPerPerson")
            ? "monthlyStoriesPerPerson"
            : "dailyStoriesPerPerson";
    }

    /** Uncounts a story that did not begin. */
    async giveBackStory(userId: string, story: string, at: Date): Promise<void> {
        await this.#updateIf(
            new UpdateCommand({
                TableName: this.#table,
                Key: { user_id: userId, entry: storyCountKey(at) },
                UpdateExpression: "DELETE #day :ids ADD stories :less",
                ConditionExpression: "contains(#day, :id)",
                ExpressionAttributeNames: { "#day": `d${dayOf(at).slice(8)}` },
                ExpressionAttributeValues: { ":id": story, ":ids": new Set([story]), ":less": -1 },
            }),
        );
    }

    /** Removes the rows of a person; yields the number of rows removed so far. */
    async *erase(userId: string): AsyncGenerator<number> {
        let removed = 0;
        for (;;) {
            const page = await this.#dynamo.send(
                new QueryCommand({
                    TableName: this.#table,
                    KeyConditionExpression: "user_id = :user",
                    ExpressionAttributeValues: { ":user": userId },
                    ProjectionExpression: "user_id, entry",
                    ConsistentRead: true,
                }),
            );
            for (const { user_id, entry } of page.Items ?? []) {
                await this.#dynamo.send(new DeleteCommand({ TableName: this.#table, Key: { user_id, entry } }));
                removed += 1;
            }
            if (!page.Items?.length) {
                return;
            }
            yield removed;
        }
    }

    #at({ userId, story, model, at }: LedgerCall) {
        return { TableName: this.#table, Key: { user_id: userId, entry: `${story}#${dayOf(at)}#${model}` } };
    }

    /** Writes if the condition holds; otherwise returns the existing attributes, as far as the update requests them. */
    async #updateIf(update: UpdateCommand) {
        try {
            await this.#dynamo.send(update);
            return undefined;
        } catch (error) {
            if (error instanceof ConditionalCheckFailedException) {
                return error.Item ?? {};
            }
            throw error;
        }
    }

    async #query(query: Omit<QueryCommand["input"], "TableName">): Promise<LedgerRow[]> {
        const rows: LedgerRow[] = [];
        let from: Record<string, unknown> | undefined;
        do {
            const page = await this.#dynamo.send(
                new QueryCommand({ TableName: this.#table, ...query, ExclusiveStartKey: from }),
            );
            rows.push(...(page.Items ?? []).map(rowOf));
            from = page.LastEvaluatedKey;
        } while (from);
        return rows;
    }
}

/** The key of the row that counts a person's stories of a month. No story id begins with `#`. */
const storyCountKey = (at: Date) => `${STORY_COUNT}${monthOf(at)}`;
const STORY_COUNT = "#stories#";
const isStoryCount = (entry: string) => entry.startsWith(STORY_COUNT);

function rowOf(item: Record<string, unknown>): LedgerRow {
    const { user_id, story, day, model, open_calls, prompt_versions, ...counters } = item as unknown as Omit<
        LedgerRow,
        "prompt_versions"
    > & { open_calls?: Set<string>; prompt_versions?: Set<string> };
    const own = Object.fromEntries(COUNTERS.map((name) => [name, counters[name] ?? 0])) as Counters;
    const about = { user_id, story, day, model, prompt_versions: [...(prompt_versions ?? [])] };
    return { ...ZERO_USAGE, ...own, ...about, open: open_calls?.size ?? 0 };
}
